import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [svelte()],
  // `npm run dev` draws the page anew as it is edited, and asks the server of `make run`.
  server: { proxy: { "^/[^/]+/[^/]+/messaging/": "http://127.0.0.1:8080" } },
  build: {
    // The server sends `default-src 'self'`: nothing may be inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  test: { include: ["src/**/*.test.ts"] },
});
