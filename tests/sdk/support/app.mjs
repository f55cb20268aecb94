// The official SDK, pointed at the server that the trial has started, as an app would do it.
import Backendless from "backendless";
import { createInterface } from "node:readline";

export const url = required("BLOCKCAST_URL");
export const appId = required("BLOCKCAST_APP_ID");
export const apiKey = required("BLOCKCAST_API_KEY");

Backendless.serverURL = url;
Backendless.initApp(appId, apiKey);

export const messaging = Backendless.Messaging;
export { Backendless };

/** A second client of the same application: what another person's browser would be. */
export function anotherClient(key = apiKey) {
  return Backendless.initApp({ appId, apiKey: key, serverURL: url, standalone: true });
}

/** Asks the admin API about this application, as the operator would. */
export async function admin(method, path, body) {
  const token = required("BLOCKCAST_ADMIN_TOKEN");
  const answer = await fetch(`${url}/api/v1/apps/${appId}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "if-match": "*" },
    body: body && JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.status === 204 ? null : answer.json();
}

/** Makes the SDK speak for this device from here on. */
export function speakFor(uuid, platform, version = "17") {
  Backendless.setupDevice({ uuid, platform, version });
}

/** Asks again until `so` gives something true, and returns it. The trial's own patience is the end. */
export async function eventually(so) {
  for (;;) {
    const found = await so();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Asks for a message's status until it is this one. */
export function untilStatus(messageId, status) {
  return eventually(async () => {
    const found = await messaging.getMessageStatus(messageId);
    return found.status === status && found;
  });
}

/** What a virtual phone has received; the SDK has no call for it. */
export async function inbox(deviceId) {
  const path = `/${appId}/${apiKey}/messaging/registrations/${deviceId}/notifications`;
  const answer = await fetch(url + path, { headers: { accept: "application/json" } });
  return answer.json();
}

/** A listener that keeps what it hears; `next()` waits for what it hasn't given out yet. */
export function ear() {
  const heard = [];
  const waiting = [];
  const listen = (what) => (waiting.length ? waiting.shift()(what) : heard.push(what));
  const next = () =>
    heard.length ? Promise.resolve(heard.shift()) : new Promise((resolve) => waiting.push(resolve));
  return { listen, next, heard };
}

const answers = createInterface({ input: process.stdin });
answers.pause();

/** Has the trial do something to the server, `kill` or `start`, and waits until it is done. */
export async function trial(command) {
  const done = new Promise((resolve) => answers.once("line", resolve));
  answers.resume();
  process.stdout.write(`@${command}\n`);
  await done;
  answers.pause();
}

/** Ends the process: the SDK holds its connection open, and would reconnect for ever. */
export function done() {
  process.exit(0);
}

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; run this through \`cargo test -- sdk\``);
  return value;
}
