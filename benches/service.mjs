// Times the server: publishing, subscribers beside socket.io's own server, schedules, devices.
//
//   node benches/service.mjs [--only NAME] [--seconds S] [--devices N] [--binary FILE] [--json]
//
// The load comes from benches/load, which shares the machine with the server; so beside each
// rate stands the processor time that the server took for one, which other work on the machine
// changes little. `publish` and `register` wait for each answer, and an answer means that the
// thing is on the disk.
import { execFileSync, spawn } from 'node:child_process';
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { execFile } from 'node:child_process';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    seconds: { type: 'string', default: '10' },
    devices: { type: 'string', default: '1000000' },
    binary: { type: 'string', default: here('../target/release/blockcast') },
    load: { type: 'string', default: here('load/target/release/load') },
    json: { type: 'boolean', default: false },
  },
});
const { seconds } = options;
const devices = Number(options.devices);
const BODY = JSON.stringify({ message: 'Tea is ready', headers: { city: 'Kyiv', n: 5 } });
const PUSH = JSON.stringify({ message: 'Tea is ready', publishPolicy: 'PUSH' });
const DEVICE = JSON.stringify({
  deviceId: 'd{n}', deviceToken: 'token-{n}', os: 'ANDROID', channels: ['news'], tags: ['vip'],
});
const KEYS = { BLOCKCAST_APP_ID: 'APP-1', BLOCKCAST_API_KEY: 'KEY-1', BLOCKCAST_ADMIN_TOKEN: 'TOKEN-1' };

const folders = [];
const folder = () => {
  folders.push(mkdtempSync(join(tmpdir(), 'blockcast-bench-')));
  return folders.at(-1);
};

/** Seconds of processor time that a process has taken, in user and system mode. */
function processor(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
const memory_kb = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

/** Starts a server and waits for the line with its address. */
async function started(command, args, before) {
  const child = spawn(command, args, {
    env: { ...process.env, ...KEYS },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith(before)) continue;
    child.stdout.resume();
    const stop = () => (child.kill('SIGTERM'), ended);
    return { url: line.slice(before.length), pid: child.pid, stop };
  }
  throw new Error(`${command} didn't start`);
}
const blockcast = (data = folder()) =>
  started(options.binary, ['serve', '--listen', '127.0.0.1:0', '--data', data], 'listening on ');

const run = promisify(execFile);
/** Loads a server, and adds what processor time it took meanwhile. */
async function load(server, ...args) {
  const before = processor(server.pid);
  const { stdout } = await run(options.load, args.map(String), { maxBuffer: 1 << 24 });
  return { ...JSON.parse(stdout), cpu_s: processor(server.pid) - before };
}
const channel = (server) => `${server.url}/APP-1/KEY-1/messaging/default`;
const round = (n) => Math.round(n).toLocaleString('en');
const each = ({ cpu_s, requests = 0, deliveries = 0, warm = 0 }) =>
  `${((cpu_s * 1e6) / (requests + deliveries + warm)).toPrecision(3)} µs of processor time each`;
const ms = (us) => (us / 1000).toFixed(1);
const told = (m) =>
  `${round(m.per_second)} a second, p50 ${ms(m.us.p50)} ms, p99 ${ms(m.us.p99)} ms, max ${ms(m.us.max)} ms; ${each(m)}`;

async function withServer(measure) {
  const server = await blockcast();
  try {
    return await measure(server);
  } finally {
    await server.stop();
  }
}

const BENCHES = {
  publish: {
    about: 'publish, 64 connections (goal: 20,000 a second, p99 below 20 ms)',
    measure: () => withServer((server) => load(server, 'post', channel(server), BODY, 64, seconds)),
    told,
  },
  push: {
    about: 'the same as a push to one virtual phone',
    measure: () =>
      withServer(async (server) => {
        const body = JSON.stringify({ deviceId: 'phone', deviceToken: 'virtual:p', os: 'ANDROID' });
        const url = `${server.url}/APP-1/KEY-1/messaging/registrations`;
        await fetch(url, { method: 'POST', body });
        return load(server, 'post', channel(server), PUSH, 64, seconds);
      }),
    told,
  },
  register: {
    about: 'register devices one by one, 64 connections (goal: 10,000 a second)',
    measure: () =>
      withServer((server) =>
        load(server, 'post', `${server.url}/APP-1/KEY-1/messaging/registrations`, DEVICE, 64, seconds),
      ),
    told,
  },
  schedule: {
    about: '10,000 messages due over 10 s, while 2,000 a second are published (goal: 100 ms)',
    measure: () => withServer((server) => load(server, 'schedule', channel(server), 10_000, 10, 2_000)),
    told: (m) =>
      `late by p50 ${m.late_ms.p50} ms, p99 ${m.late_ms.p99} ms, max ${m.late_ms.max} ms; ${m.early} early; others: ${round(m.others_per_second)} a second`,
  },
  listen: {
    about: 'one publisher, 1,000 websocket subscribers (goal: 200,000 deliveries a second)',
    measure: listen,
    told: (m) =>
      Object.entries(m.servers)
        .map(([name, rounds]) => `${name} ${round(median(rounds.map((r) => r.per_second)))} a second, ${each(sum(rounds))}`)
        .join('; ') + `; ratio ${median(m.ratios).toFixed(2)}`,
  },
  import: {
    about: `import ${round(devices)} devices (goal: below 20 s), count and page an audience (goal: 200 ms)`,
    measure: importing,
    told: (m) =>
      `CSV ${took(m.from_csv)}, JSON lines ${took(m.from_lines)}; ${round(m.counted)} by channel, system and tag counted in ` +
      `${m.count_ms.toFixed(0)} ms, a page of a listing in ${m.page_ms.toFixed(1)} ms; the server holds ${round(m.rss_mb)} MB`,
  },
};

const took = ({ wall_s, cpu_s }) => `${wall_s.toFixed(1)} s (${cpu_s.toFixed(1)} s of processor time)`;
const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
const sum = (rounds) =>
  rounds.reduce((all, one) => ({
    cpu_s: all.cpu_s + one.cpu_s,
    deliveries: all.deliveries + one.deliveries,
    warm: all.warm + one.warm,
  }));

/** Both servers in turn, three rounds; the order turns. socket.io keeps no message, we keep all. */
async function listen() {
  const starts = {
    blockcast,
    'socket.io': () => started(process.execPath, [here('realtime/socketio.mjs')], ''),
  };
  const servers = { blockcast: [], 'socket.io': [] };
  for (let number = 0; number < 3; number++) {
    const names = Object.keys(starts);
    for (const name of number % 2 ? names.reverse() : names) {
      const server = await starts[name]();
      try {
        servers[name].push(await load(server, 'listen', channel(server), BODY, 1_000, 1_000));
      } finally {
        await server.stop();
      }
    }
  }
  const ratios = servers.blockcast.map((ours, n) => ours.per_second / servers['socket.io'][n].per_second);
  return { servers, ratios };
}

const SYSTEMS = ['ANDROID', 'IOS'];
async function importing() {
  const [csv, lines] = [join(folder(), 'devices.csv'), join(folder(), 'devices.jsonl')];
  await write(csv, ['deviceId,deviceToken,os,channels,tags,properties.age,user.id\n'], (n) =>
    `d${n},token-${n},${SYSTEMS[n % 2]},default|news,${n % 3 ? 'free' : 'vip'},${n % 80},u${n}\n`);
  await write(lines, [], (n) =>
    JSON.stringify({
      deviceId: `d${n}`, deviceToken: `token-${n}`, os: SYSTEMS[n % 2], channels: ['default', 'news'],
      tags: [n % 3 ? 'free' : 'vip'], properties: { age: n % 80 }, user: { id: `u${n}` },
    }) + '\n');
  const data = folder();
  // The shell tells what processor time its children took: user and system, on the second line.
  const timed = (file, into) => {
    const begin = performance.now();
    const command = ['-c', '"$@" > /dev/null 2>&1 && times', 'sh', options.binary, 'devices', 'import', file, '--data', into];
    const times = execFileSync('sh', command, { encoding: 'utf8', env: { ...process.env, ...KEYS } });
    const cpu_s = [...times.split('\n')[1].matchAll(/(\d+)m([\d.]+)s/g)]
      .reduce((all, [, minutes, rest]) => all + 60 * minutes + Number(rest), 0);
    return { wall_s: (performance.now() - begin) / 1000, cpu_s };
  };
  const [from_csv, from_lines] = [timed(csv, folder()), timed(lines, data)];
  const server = await blockcast(data);
  const get = async (path) => {
    const begin = performance.now();
    const headers = { authorization: 'Bearer TOKEN-1' };
    const answer = await (await fetch(server.url + path, { headers })).json();
    return { answer, took: performance.now() - begin };
  };
  const where = encodeURIComponent("tags = 'vip'");
  const count = `/api/v1/audience?channel=news&platforms=ANDROID&where=${where}`;
  await get('/health');
  const counted = await get(count);
  const all = `/api/v1/apps/APP-1/devices?limit=200&where=${where}`;
  const first = await get(all);
  const page = await get(`${all}&cursor=${first.answer.nextCursor}`);
  if (page.answer.items.length !== 200) throw new Error(`no page: ${JSON.stringify(page.answer)}`);
  const rss_mb = memory_kb(server.pid) / 1024;
  await server.stop();
  return {
    from_csv, from_lines, counted: Object.values(counted.answer)[0], count_ms: counted.took,
    page_ms: page.took, rss_mb,
  };
}

async function write(file, head, line) {
  const out = createWriteStream(file);
  for (const text of head) out.write(text);
  for (let n = 0; n < devices; n += 1_000) {
    const some = Array.from({ length: Math.min(1_000, devices - n) }, (_, i) => line(n + i)).join('');
    if (!out.write(some)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}

try {
  const measured = {};
  for (const [name, bench] of Object.entries(BENCHES)) {
    if (options.only && options.only !== name) continue;
    measured[name] = await bench.measure();
    if (!options.json) console.log(`${bench.about}:\n  ${bench.told(measured[name])}\n`);
  }
  if (options.json) console.log(JSON.stringify(measured, null, 1));
} finally {
  for (const one of folders) rmSync(one, { recursive: true, force: true });
}
