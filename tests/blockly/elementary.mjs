// Reads pairs of doubles and writes what this Node's JavaScript makes of them: for each pair
// x, y the sin, cos, tan, exp, log, log / ln 10, asin, acos and atan of x, atan2(y, x) and x ** y.
import { readFileSync, writeSync } from 'node:fs';
import './follow_fdlibm.mjs';

const FUNCTIONS = [
  Math.sin,
  Math.cos,
  Math.tan,
  Math.exp,
  Math.log,
  (x) => Math.log(x) / Math.LN10,
  Math.asin,
  Math.acos,
  Math.atan,
  (x, y) => Math.atan2(y, x),
  (x, y) => x ** y,
];

const bytes = readFileSync(0);
const read = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
const pairs = read.length / 2;
const written = new Float64Array(pairs * FUNCTIONS.length);
FUNCTIONS.forEach((compute, column) => {
  for (let n = 0; n < pairs; n++) {
    written[n * FUNCTIONS.length + column] = compute(read[2 * n], read[2 * n + 1]);
  }
});
const all = new Uint8Array(written.buffer);
for (let at = 0; at < all.length; ) at += writeSync(1, all, at);
