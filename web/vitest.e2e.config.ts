import { defineConfig } from "vitest/config";

// `make screenshot` sets this: the same browser and server, another job.
const pictures = process.env["PICTURES"] === "1";

export default defineConfig({
  test: {
    include: [pictures ? "e2e/screenshot.ts" : "e2e/**/*.spec.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
