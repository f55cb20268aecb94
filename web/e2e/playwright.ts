/** What the tests use of Playwright, and vitest's `expect`. */

export type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
export { expect } from "vitest";
