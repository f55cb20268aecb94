import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";
import { blocklyMedia } from "./build/blockly_media.ts";

const server = "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [svelte(), blocklyMedia()],
  // `npm run dev` draws the page anew as it is edited, and asks the server of `make run`.
  server: { proxy: { "^/[^/]+/[^/]+/messaging/": server, "^/api/": server, "^/docs/": server } },
  build: {
    // The server sends `default-src 'self'`: nothing may be inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // `light-dark()` as it stands.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    // Blockly alone is more; it is loaded with the editor only.
    chunkSizeWarningLimit: 1100,
  },
  test: { include: ["src/**/*.test.ts"] },
});
