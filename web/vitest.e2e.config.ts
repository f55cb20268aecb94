import { defineConfig } from "vitest/config";

// `--mode screenshot` takes the README's picture instead of testing.
export default defineConfig(({ mode }) => ({
  test: {
    include: mode === "screenshot" ? ["e2e/screenshot.ts"] : ["e2e/**/*.spec.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    // What is waited for by `expect.poll` takes as long as the machine needs.
    expect: { poll: { timeout: 10_000 } },
  },
}));
