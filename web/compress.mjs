// Puts a compressed twin beside each built file that gains by it; src/server/assets.rs serves
// them. Once, as small as can be, instead of at each request.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/** Already compressed, or too small to gain anything. */
const LEFT_ALONE = /\.(png|jpe?g|webp|gif|woff2|mp3|ogg|br|gz)$/;
const SMALL = 1024;

const dist = new URL("dist", import.meta.url).pathname;
for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || LEFT_ALONE.test(entry.name)) continue;
  const path = join(entry.parentPath ?? entry.path, entry.name);
  const text = readFileSync(path);
  if (text.length < SMALL) continue;
  const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  writeFileSync(`${path}.br`, brotliCompressSync(text, { params: quality }));
  writeFileSync(`${path}.gz`, gzipSync(text, { level: constants.Z_BEST_COMPRESSION }));
}
