// A browser, as far as Web Push is concerned: it subscribes with keys of its own, and reads what
// comes by `http_ece`, which shares no code with blockcast.
import assert from "node:assert/strict";
import { createECDH, randomBytes } from "node:crypto";
import { createRequire } from "node:module";

const require = createRequire(new URL("../sdk/package.json", import.meta.url));
const ece = require("http_ece");
const { SERVER, CONTROL, ENDPOINTS, PATIENCE_MS } = process.env;

async function call(method, url, body) {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method, headers, body: JSON.stringify(body) });
  assert.ok(response.ok, `${method} ${url}: ${response.status} ${await response.clone().text()}`);
  return response.json();
}

const browsers = ["one", "two", "three"].map((name) => {
  const keys = createECDH("prime256v1");
  keys.generateKeys();
  return { name, keys, auth: randomBytes(16) };
});
for (const { name, keys, auth } of browsers) {
  const subscription = {
    endpoint: ENDPOINTS + name,
    expirationTime: null,
    keys: { p256dh: keys.getPublicKey("base64url"), auth: auth.toString("base64url") },
  };
  await call("POST", `${SERVER}/messaging/registrations`, {
    deviceId: name,
    deviceToken: JSON.stringify(subscription),
    os: "ANDROID",
  });
}
const message = { order: 7, text: "Grüße ☕", long: "x".repeat(1500) };
await call("POST", `${SERVER}/messaging/default`, {
  message,
  headers: { "android-content-title": "T" },
  publishPolicy: "PUSH",
});

const until = Date.now() + Number(PATIENCE_MS);
const bodies = new Set();
for (const { name, keys, auth } of browsers) {
  let requests = [];
  while (requests.length === 0) {
    assert.ok(Date.now() < until, `nothing came for ${name}`);
    requests = await call("GET", `${CONTROL}/requests?token=${name}`);
  }
  const [request] = requests;
  assert.equal(request.headers["content-encoding"], "aes128gcm");
  assert.equal(request.headers.ttl, "2419200");
  const body = Buffer.from(request.body, "base64");
  const plain = ece.decrypt(body, { version: "aes128gcm", privateKey: keys, authSecret: auth });
  const shown = JSON.parse(plain);
  assert.equal(shown.title, "T");
  assert.deepEqual(shown.data.message, message);
  bodies.add(body.subarray(21, 86).toString("hex"));
}
assert.equal(bodies.size, browsers.length, "each browser has a sender's key of its own");
