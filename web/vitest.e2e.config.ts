import { defineConfig } from "vitest/config";

// `--mode screenshot` takes the README's picture, `screenshots` those of all pages, `bench` measures.
const OTHERS: Record<string, string> = {
  screenshot: "e2e/screenshot.ts",
  screenshots: "e2e/screenshots.ts",
  bench: "e2e/bench.ts",
};

export default defineConfig(({ mode }) => ({
  test: {
    include: [OTHERS[mode] ?? "e2e/**/*.spec.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    // What is waited for by `expect.poll` takes as long as the machine needs.
    expect: { poll: { timeout: 10_000 } },
  },
}));
