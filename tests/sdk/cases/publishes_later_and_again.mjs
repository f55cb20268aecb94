// A delayed message comes at its time, a repeating one until it expires.
import assert from "node:assert/strict";
import { done, eventually, inbox, messaging, speakFor, untilStatus } from "../support/app.mjs";

speakFor("dev-1", "ios");
await messaging.registerDevice("token-1");

const publishAt = Date.now() + 700;
const delayed = await messaging.publish("default", "later", {}, { publishPolicy: "PUSH", publishAt });
assert.equal((await inbox("dev-1")).length, 0);
const published = await untilStatus(delayed.messageId, "PUBLISHED");
assert.equal(published.successfulSendsAmount, 1);
const [later] = await inbox("dev-1");
assert.equal(later.message, "later");
const late = later.publishedAt - publishAt;
assert.ok(late >= 0 && late < 1_000, `it came ${late} ms after its time`);

// A Date becomes ISO text on its way.
const asDate = { publishPolicy: "PUSH", publishAt: new Date(Date.now() + 300) };
const dated = await messaging.publish("default", "dated", {}, asDate);
await untilStatus(dated.messageId, "PUBLISHED");

const repeating = await messaging.publish(
  "default",
  "tick",
  {},
  { publishPolicy: "PUSH", repeatEvery: 1, repeatExpiresAt: Date.now() + 1_500 },
);
assert.equal((await messaging.getMessageStatus(repeating.messageId)).status, "SCHEDULED");
const ended = await untilStatus(repeating.messageId, "PUBLISHED");
assert.equal(ended.successfulSendsAmount, 2);
const ticks = (await inbox("dev-1")).filter((entry) => entry.message === "tick");
assert.equal(ticks.length, 2);
for (const tick of ticks) assert.ok(tick.messageId.startsWith(repeating.messageId), tick.messageId);

// A repeat without an end is stopped by cancelling it.
const endless = await messaging.publish("default", "tock", {}, { publishPolicy: "PUSH", repeatEvery: 1 });
const tocks = async () => (await inbox("dev-1")).filter((entry) => entry.message === "tock");
await eventually(async () => (await tocks()).length > 0);
assert.equal((await messaging.cancel(endless.messageId)).status, "CANCELLED");
done();
