// Times the workloads in blockcast, V8, QuickJS and Lua, from the same workspaces, in one run.
//
//   node benches/peers.mjs [--rounds N] [--seconds S] [--only WORKLOAD] [--binary FILE] [--json]
//
// The peers run what npm Blockly generates for them. Each engine of a round has a process of
// its own, and the order turns from round to round. What is compared is the ratio within a
// round; the table has the median of the rounds. Every engine must print the same.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const require = createRequire(new URL('../web/package.json', import.meta.url));
const Blockly = require('blockly');
const { javascriptGenerator } = require('blockly/javascript');
const { luaGenerator } = require('blockly/lua');

const PEERS = here('peers/target/release/peers');
const ENGINES = ['blockcast', 'v8', 'quickjs', 'lua'];
/** Where V8 running Blockly's JavaScript has slow spots: blockcast is to be faster there. */
const SLOW_IN_V8 = ['string-build', 'sort-map', 'word-count'];

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '1' },
    only: { type: 'string' },
    binary: { type: 'string', default: here('../target/release/blockcast') },
    json: { type: 'boolean', default: false },
  },
});
const rounds = Number(options.rounds);

const output = (command, args) =>
  execFileSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28 });

/** What the peers get of a workload: its programs as files, and its event. */
function prepare(name, folder) {
  const flow = here(`workloads/${name}.json`);
  const space = new Blockly.Workspace(new Blockly.Options({ oneBasedIndex: true }));
  Blockly.serialization.workspaces.load(JSON.parse(readFileSync(flow, 'utf8')), space);
  const js = join(folder, `${name}.js`);
  const lua = join(folder, `${name}.lua`);
  writeFileSync(js, javascriptGenerator.workspaceToCode(space));
  // Lua's tonumber takes no fraction when it is told a base, so Blockly's prompt for a number
  // would get none.
  const luaCode = luaGenerator.workspaceToCode(space).replace(/(tonumber\(.*), 10\)/g, '$1)');
  writeFileSync(lua, luaCode);
  space.dispose();
  const event = here(`${name}.event.json`);
  const has = existsSync(event);
  const answers = has ? JSON.stringify(JSON.parse(readFileSync(event, 'utf8')).answers) : '{}';
  return { name, flow, js, lua, event: has ? ['--event', event] : [], answers };
}

function time(engine, { flow, js, lua, event, answers }) {
  const { seconds } = options;
  const bench = (...args) =>
    JSON.parse(output(options.binary, ['bench', flow, ...event, '--json', ...args]));
  switch (engine) {
    case 'blockcast':
      return { ...bench('--seconds', seconds), unwoken: bench('--seconds', '0', '--unwoken') };
    case 'v8':
      return JSON.parse(output(process.execPath, ['--stack-size=4000', here('peers/v8.mjs'), js, seconds, answers]));
    case 'quickjs':
      return JSON.parse(output(PEERS, ['quickjs', js, seconds, answers]));
    case 'lua':
      return JSON.parse(output(PEERS, ['lua', lua, seconds, answers]));
  }
}

/** Whether two lines say the same; Lua writes numbers in its own way. */
function same(left, right) {
  const words = [left, right].map((line) => line.split(/\s+/));
  return (
    words[0].length === words[1].length &&
    words[0].every((word, i) => {
      const [a, b] = [Number(word), Number(words[1][i])];
      return word === words[1][i] || Math.abs(a - b) <= 1e-12 * Math.abs(a);
    })
  );
}

function compare(workload, timings) {
  for (const engine of ENGINES.slice(1)) {
    const [ours, theirs] = [timings.blockcast.prints, timings[engine].prints];
    if (ours.length !== theirs.length || !ours.every((line, i) => same(line, theirs[i]))) {
      throw new Error(
        `${workload.name}: blockcast prints ${JSON.stringify(ours)}, ${engine} ${JSON.stringify(theirs)}`,
      );
    }
  }
}

const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};
const geometricMean = (numbers) =>
  Math.exp(numbers.reduce((sum, n) => sum + Math.log(n), 0) / numbers.length);

const shown = (ns) =>
  ns < 1e3 ? `${ns.toFixed(0)} ns` : ns < 1e6 ? `${(ns / 1e3).toPrecision(3)} µs`
  : ns < 1e9 ? `${(ns / 1e6).toPrecision(3)} ms` : `${(ns / 1e9).toPrecision(3)} s`;
const ratio = (n) => `${n.toFixed(2)}x`;

function table(head, rows) {
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i].length)));
  const line = (row) =>
    row.map((cell, i) => (i ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join('  ');
  console.log([head, ...rows].map(line).join('\n'));
}

const folder = mkdtempSync(join(tmpdir(), 'blockcast-bench-'));
try {
  const names = readdirSync(here('workloads'))
    .map((file) => file.replace(/\.json$/, ''))
    .filter((name) => !options.only || name === options.only);
  const measured = [];
  for (const name of names) {
    const workload = prepare(name, folder);
    const taken = [];
    for (let round = 0; round < rounds; round++) {
      const turned = ENGINES.map((_, i) => ENGINES[(i + round) % ENGINES.length]);
      const timings = Object.fromEntries(turned.map((engine) => [engine, time(engine, workload)]));
      compare(workload, timings);
      taken.push(timings);
    }
    const of = (engine, field) => median(taken.map((t) => t[engine][field]));
    const unwoken = (field) => median(taken.map((t) => t.blockcast.unwoken[field]));
    /** Ours by another's, round by round. */
    const by = (field, other) => median(taken.map((t) => t.blockcast[field] / other(t)));
    measured.push({
      name,
      cold_ns: { woken: of('blockcast', 'cold_ns'), unwoken: unwoken('cold_ns') },
      warm_ns: Object.fromEntries(ENGINES.map((engine) => [engine, of(engine, 'warm_ns')])),
      first_ns: {
        blockcast: of('blockcast', 'first_run_ns'),
        unwoken: unwoken('first_run_ns'),
        v8: of('v8', 'first_ns'),
      },
      warm_by_better: by('warm_ns', (t) => Math.min(t.quickjs.warm_ns, t.lua.warm_ns)),
      warm_by_v8: by('warm_ns', (t) => t.v8.warm_ns),
      first_by_v8: by('first_run_ns', (t) => t.v8.first_ns),
      unwoken_by_v8: median(taken.map((t) => t.blockcast.unwoken.first_run_ns / t.v8.first_ns)),
    });
    if (!options.json) process.stderr.write(`timed ${name}\n`);
  }

  const small = names.includes('flow-small') && prepare('flow-small', folder);
  const process_ns = small && {
    blockcast: [options.binary, ['run', small.flow, ...small.event]],
    'empty node': [process.execPath, ['-e', '0']],
    // What starting a process costs here.
    nothing: ['true', []],
  };
  for (const [who, [command, args]] of Object.entries(process_ns || {})) {
    process_ns[who] = median(
      Array.from({ length: 15 }, () => {
        const before = process.hrtime.bigint();
        const { status } = spawnSync(command, args, { stdio: 'ignore' });
        const taken = Number(process.hrtime.bigint() - before);
        if (status !== 0) throw new Error(`${command} ended with ${status}`);
        return taken;
      }),
    );
  }
  const mean_by_v8 = geometricMean(measured.map((row) => row.warm_by_v8));

  if (options.json) {
    console.log(JSON.stringify({ rounds, workloads: measured, mean_by_v8, process_ns }, null, 1));
  } else {
    console.log(`\nwarm run, median of ${rounds} rounds; below 1x blockcast is the faster one\n`);
    table(
      ['workload', ...ENGINES, 'by QuickJS or Lua', 'by V8'],
      measured.map((row) => [
        row.name,
        ...ENGINES.map((engine) => shown(row.warm_ns[engine])),
        ratio(row.warm_by_better),
        ratio(row.warm_by_v8) + (SLOW_IN_V8.includes(row.name) ? '*' : ' '),
      ]),
    );
    console.log(`\nby V8, geometric mean: ${ratio(mean_by_v8)}; * V8 is slow in Blockly's JavaScript here\n`);
    console.log('first run in a new process; cold is from the JSON text to the first result;');
    console.log('woken: after the small flow that a server runs when it starts\n');
    table(
      ['workload', 'v8', 'blockcast', 'by V8', 'woken', 'by V8', 'cold', 'cold woken'],
      measured.map((row) => [
        row.name,
        shown(row.first_ns.v8),
        shown(row.first_ns.unwoken),
        ratio(row.unwoken_by_v8),
        shown(row.first_ns.blockcast),
        ratio(row.first_by_v8),
        shown(row.cold_ns.unwoken),
        shown(row.cold_ns.woken),
      ]),
    );
    if (process_ns) {
      const [ours, node, nothing] = Object.values(process_ns).map(shown);
      console.log(`\nwhole process: \`blockcast run\` of flow-small ${ours}, an empty Node.js ${node},`);
      console.log(`one that does nothing ${nothing}`);
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
