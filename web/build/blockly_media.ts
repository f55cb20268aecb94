/** Gives the page Blockly's pictures and cursors, so that it asks no other host for them. */

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Plugin } from "vite";

const FOLDER = resolve(import.meta.dirname, "../node_modules/blockly/media");

/** What the editor uses of Blockly's media: no sounds. */
const FILES = [
  "1x1.gif",
  "delete-icon.svg",
  "dropdown-arrow.svg",
  "foldout-icon.svg",
  "handclosed.cur",
  "handdelete.cur",
  "handopen.cur",
  "quote0.png",
  "quote1.png",
  "resize-handle.svg",
  "sprites.svg",
];

/** Serves the files below `/media/` while developing, and puts them there when building. */
export function blocklyMedia(): Plugin {
  return {
    name: "blockly-media",
    configureServer(server) {
      server.middlewares.use("/media/", (request, response, next) => {
        const name = (request.url ?? "").replace(/^\//, "");
        if (!FILES.includes(name)) return next();
        if (name.endsWith(".svg")) response.setHeader("content-type", "image/svg+xml");
        response.end(readFileSync(resolve(FOLDER, name)));
      });
    },
    generateBundle() {
      for (const name of FILES) {
        const source = readFileSync(resolve(FOLDER, name));
        this.emitFile({ type: "asset", fileName: `media/${name}`, source });
      }
    },
  };
}
