// A delayed message can be cancelled, once; what is published or unknown can't be.
import assert from "node:assert/strict";
import { done, inbox, messaging, speakFor, untilStatus } from "../support/app.mjs";

speakFor("dev-1", "android");
await messaging.registerDevice("token-1");

const inAnHour = { publishPolicy: "PUSH", publishAt: Date.now() + 3_600_000 };
const { messageId } = await messaging.publish("default", "later", {}, inAnHour);
const before = await messaging.getMessageStatus(messageId);
assert.equal(before.status, "SCHEDULED");
const cancelled = await messaging.cancel(messageId);
assert.equal(cancelled.messageId, messageId);
assert.equal(cancelled.status, "CANCELLED");
await assert.rejects(messaging.cancel(messageId), (error) => error.code === 5040);
const after = await messaging.getMessageStatus(messageId);
assert.equal(after.status, "CANCELLED");

const published = await messaging.publish("default", "now", {}, { publishPolicy: "PUSH" });
await untilStatus(published.messageId, "PUBLISHED");
await assert.rejects(messaging.cancel(published.messageId), (error) => error.code === 5040);
await assert.rejects(messaging.cancel("message:NONE"), (error) => error.code === 5040);
const unknown = await messaging.getMessageStatus("message:NONE");
assert.equal(unknown.status, "UNKNOWN");
assert.deepEqual(
  (await inbox("dev-1")).map((entry) => entry.message),
  ["now"],
);
done();
