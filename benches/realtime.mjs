// One publisher, many websocket subscribers of a channel: messages brought to subscribers a
// second, beside socket.io's own server in the same run.
//
//   node benches/realtime.mjs [--subscribers N] [--messages N] [--rounds N] [--binary FILE] [--json]
//
// blockcast keeps every message on disk before it answers; socket.io's server keeps nothing.
// The subscribers are bare sockets that only count frames, so that they cost as little as they
// can; they share the machine with the server all the same. The order of the servers turns
// from round to round, and the table has the median.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { values: options } = parseArgs({
  options: {
    subscribers: { type: 'string', default: '1000' },
    messages: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
    binary: { type: 'string', default: here('../target/release/blockcast') },
    json: { type: 'boolean', default: false },
  },
});
const [subscribers, messages, rounds] = ['subscribers', 'messages', 'rounds'].map((name) =>
  Number(options[name]),
);
/** Publishes under way at a time. */
const AT_ONCE = 32;
const BODY = JSON.stringify({ message: 'Tea is ready', headers: { city: 'Kyiv', n: 5 } });

const SERVERS = {
  blockcast: {
    async start() {
      const data = mkdtempSync(join(tmpdir(), 'blockcast-bench-'));
      const args = ['serve', '--listen', '127.0.0.1:0', '--data', data];
      const env = { BLOCKCAST_APP_ID: 'APP-1', BLOCKCAST_API_KEY: 'KEY-1' };
      const server = await started(options.binary, args, env, 'listening on ');
      const stop = async () => {
        await server.stop();
        rmSync(data, { recursive: true });
      };
      return { url: server.url, publish: '/APP-1/KEY-1/messaging/default', stop };
    },
  },
  'socket.io': {
    async start() {
      const server = await started(process.execPath, [here('realtime/socketio.mjs')], {}, '');
      return { ...server, publish: '/publish' };
    },
  },
};

/** Starts a server and waits for the line with its address. */
async function started(command, args, env, before) {
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith(before)) continue;
    child.stdout.resume();
    const stop = () => {
      child.kill('SIGTERM');
      return ended;
    };
    return { url: line.slice(before.length), stop };
  }
  throw new Error(`${command} didn't start`);
}

/** A text frame as a client sends it; masked with zeros, which is as good as any mask. */
function frame(text) {
  const body = Buffer.from(text);
  const head = body.length < 126 ? [0x81, 0x80 | body.length] : [0x81, 0xfe, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), body]);
}

/** Connects a subscriber; `heard` is called with the number of messages of each chunk. */
function subscriber(url, heard) {
  const { hostname, port, host } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port, noDelay: true });
    let rest = Buffer.alloc(0);
    let phase = 'http';
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('a subscriber was cut off')));
    socket.write(
      `GET /APP-1/?apiKey=KEY-1&EIO=4&transport=websocket HTTP/1.1\r\nHost: ${host}\r\n` +
        'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    const text = (from, to) => rest.toString('latin1', from, Math.min(to, from + 30));
    socket.on('data', (chunk) => {
      rest = rest.length ? Buffer.concat([rest, chunk]) : chunk;
      let at = 0;
      if (phase === 'http') {
        const end = rest.indexOf('\r\n\r\n');
        if (end < 0) return;
        at = end + 4;
        phase = 'opening';
      }
      let count = 0;
      for (;;) {
        if (rest.length < at + 4) break;
        let length = rest[at + 1];
        let head = 2;
        if (length === 126) {
          length = rest.readUInt16BE(at + 2);
          head = 4;
        }
        const from = at + head;
        const to = from + length;
        if (rest.length < to) break;
        at = to;
        if (phase === 'listening' && length > 100) count++;
        else if (phase === 'opening') {
          socket.write(frame('40/APP-1,'));
          phase = 'connecting';
        } else if (phase === 'connecting') {
          const options = { channel: 'default' };
          const ask = ['SUB_ON', { id: 'subscription', name: 'PUB_SUB_MESSAGES', options }];
          socket.write(frame(`42/APP-1,${JSON.stringify(ask)}`));
          phase = 'subscribing';
        } else if (text(from, to).includes('SUB_READY')) {
          phase = 'listening';
          resolve(() => {
            socket.removeAllListeners('close');
            socket.destroy();
          });
        } else if (text(from, to).startsWith('2')) socket.write(frame('3'));
      }
      rest = at === rest.length ? Buffer.alloc(0) : rest.subarray(at);
      if (count) heard(count);
    });
  });
}

const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });

function publish(url, path) {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': BODY.length };
    const asked = request(url + path, { method: 'POST', agent, headers }, (answer) => {
      answer.resume();
      answer.on('end', () =>
        answer.statusCode === 200 ? resolve() : reject(new Error(`${answer.statusCode}`)),
      );
    });
    asked.on('error', reject);
    asked.end(BODY);
  });
}

/** Deliveries a second: from the first publish until the last subscriber has everything. */
async function measure(name) {
  const server = await SERVERS[name].start();
  let heard = 0;
  let all = Infinity;
  let everything;
  const listen = (count) => {
    heard += count;
    if (heard >= all) everything();
  };
  const leave = [];
  for (let n = 0; n < subscribers; n += 50) {
    const some = Array.from({ length: Math.min(50, subscribers - n) });
    leave.push(...(await Promise.all(some.map(() => subscriber(server.url, listen)))));
  }
  const send = async (count) => {
    const done = new Promise((resolve) => (everything = resolve));
    all = heard + count * subscribers;
    let left = count;
    const publisher = async () => {
      while (left-- > 0) await publish(server.url, server.publish);
    };
    await Promise.all([...Array.from({ length: AT_ONCE }, publisher), done]);
  };
  await send(Math.ceil(messages / 10));
  const begin = process.hrtime.bigint();
  await send(messages);
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
  for (const one of leave) one();
  await server.stop();
  return (messages * subscribers) / seconds;
}

const names = Object.keys(SERVERS);
const rates = Object.fromEntries(names.map((name) => [name, []]));
const ratios = [];
for (let round = 0; round < rounds; round++) {
  const turned = round % 2 ? [...names].reverse() : names;
  for (const name of turned) rates[name].push(await measure(name));
  ratios.push(rates.blockcast[round] / rates['socket.io'][round]);
}
const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
if (options.json) {
  console.log(JSON.stringify({ subscribers, messages, rates, ratios }));
} else {
  console.log(`${subscribers} subscribers, ${messages} messages, deliveries a second:`);
  for (const name of names) console.log(`  ${name.padEnd(12)}${Math.round(median(rates[name]))}`);
  console.log(`  ${'ratio'.padEnd(12)}${median(ratios).toFixed(2)} (median of ${rounds} rounds)`);
}
process.exit(0);
