// Subscribers get a delayed message when its time comes, and every copy of a repeating one.
import assert from "node:assert/strict";
import { done, ear, eventually, messaging } from "../support/app.mjs";

const channel = messaging.subscribe("default");
const { listen, next } = ear();
channel.addMessageListener(listen);
await eventually(() => channel.isConnected());

const publishAt = Date.now() + 500;
const later = await channel.publish("later", {}, { publishAt });
await channel.publish("now");
assert.equal((await next()).message, "now");
const message = await next();
assert.equal(message.messageId, later.messageId);
assert.equal(message.publishAt, publishAt);
const late = Date.now() - publishAt;
assert.ok(late >= 0 && late < 1_000, `it came ${late} ms after its time`);

const repeatExpiresAt = Date.now() + 1_500;
const repeat = await channel.publish("tick", {}, { repeatEvery: 1, repeatExpiresAt });
for (const copy of [1, 2]) {
  const tick = await next();
  assert.equal(tick.messageId, `${repeat.messageId}-${copy}`);
  assert.equal(tick.repeatEvery, 1);
  assert.equal(tick.repeatExpiresAt, repeatExpiresAt);
}
const cancelled = await channel.publish("never", {}, { publishAt: Date.now() + 200 });
await messaging.cancel(cancelled.messageId);
await channel.publish("the end", {}, { publishAt: Date.now() + 300 });
assert.equal((await next()).message, "the end");
done();
