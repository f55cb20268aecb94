// Runs a program that Blockly generated, again and again, in this Node.js: v8.mjs FILE SECONDS ANSWERS.
// The answer is the one that src/main.rs gives for QuickJS and Lua.
import { readFileSync } from 'node:fs';

const [file, seconds, answers] = process.argv.slice(2);
globalThis.code = readFileSync(file, 'utf8');
globalThis.seconds = Number(seconds);
globalThis.answers = answers;
globalThis.now = () => Number(process.hrtime.bigint());
const driver = readFileSync(new URL('driver.js', import.meta.url), 'utf8');
const timing = (0, eval)(driver);
console.log(
  JSON.stringify({
    first_ns: timing.first,
    warm_ns: timing.warm,
    runs: timing.runs,
    prints: timing.prints,
  }),
);
