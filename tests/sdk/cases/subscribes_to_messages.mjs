// A subscriber gets what is published to its channel while it listens, with every field.
import assert from "node:assert/strict";
import { done, ear, eventually, messaging } from "../support/app.mjs";

const channel = messaging.subscribe("news room");
const { listen, next, heard } = ear();
channel.addMessageListener(listen);
await eventually(() => channel.isConnected());

const options = { publisherId: "p", headers: { city: "Kyiv", n: 5 }, subtopic: "a.b" };
const { messageId } = await messaging.publish("news room", { a: 1 }, options);
const message = await next();
assert.ok(Math.abs(message.timestamp - Date.now()) < 60_000);
assert.deepEqual(message, {
  messageId,
  timestamp: message.timestamp,
  message: { a: 1 },
  publisherId: "p",
  subtopic: "a.b",
  pushSinglecast: null,
  pushBroadcast: null,
  publishPolicy: null,
  templateValues: null,
  query: null,
  publishAt: 0,
  repeatEvery: 0,
  repeatExpiresAt: 0,
  headers: { city: "Kyiv", n: "5" },
});

// In the order in which they were published; another channel's and pushes are not heard.
await messaging.publish("default", "elsewhere");
await messaging.publish("news room", "a push", {}, { publishPolicy: "PUSH" });
for (let n = 0; n < 20; n++) {
  await messaging.publish("news room", n, {}, { publishPolicy: n % 2 ? "PUBSUB" : "BOTH" });
}
for (let n = 0; n < 20; n++) {
  const message = await next();
  assert.equal(message.message, n);
  assert.equal(message.publishPolicy, n % 2 ? "PUBSUB" : "BOTH");
}

// Who stops listening hears nothing more; who listens on is the proof.
const other = ear();
channel.addMessageListener(other.listen);
channel.removeMessageListener(listen);
await channel.publish("the last");
assert.equal((await other.next()).message, "the last");
assert.deepEqual(heard, []);
done();
