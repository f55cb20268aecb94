// A publish is answered with an id and "scheduled", whatever form the options have.
import assert from "node:assert/strict";
import { Backendless, done, inbox, messaging, speakFor, untilStatus } from "../support/app.mjs";

speakFor("android-1", "android");
await messaging.registerDevice("token-a");
speakFor("ios-1", "ios");
await messaging.registerDevice("token-i");

/** Publishes, and returns the status once everybody has it. */
async function publish(...args) {
  const receipt = await messaging.publish(...args);
  assert.deepEqual(Object.keys(receipt).sort(), ["errorMessage", "messageId", "status"]);
  assert.equal(receipt.status, "scheduled");
  assert.equal(receipt.errorMessage, null);
  assert.match(receipt.messageId, /^message:[0-9A-F-]{36}$/);
  return untilStatus(receipt.messageId, "PUBLISHED");
}
const sent = async (...args) => (await publish(...args)).successfulSendsAmount;

// Any JSON is a message; with no word of notifications nobody is notified.
for (const message of ["hello", "", 5, 0.5, true, { a: [1, null] }, [1], new Date(0)]) {
  assert.equal(await sent("default", message), 0, JSON.stringify(message));
}
assert.equal(await sent("news room é", "a name with spaces"), 0);
await assert.rejects(messaging.publish("default", null), (error) => error.code === 90002);

// A basic push: a header of a platform is enough, and names the platform.
assert.equal(await sent("default", "m", { headers: { "android-ticker-text": "t" } }), 1);
assert.equal(await sent("default", "m", { headers: { "ios-badge": 5 } }), 1);
const both = new Backendless.PublishOptions({
  publisherId: "p",
  headers: { "android-content-title": "T", "ios-alert": "A" },
});
assert.equal(await sent("default", "m", both), 2);

// The policy: its name in any case, its number, or in the SDK's own class.
for (const publishPolicy of ["PUSH", "BOTH", "push", 0, 2]) {
  assert.equal(await sent("default", "m", {}, { publishPolicy }), 2, `${publishPolicy}`);
}
for (const publishPolicy of ["PUBSUB", 1]) {
  assert.equal(await sent("default", "m", {}, { publishPolicy }), 0, `${publishPolicy}`);
}
const options = new Backendless.DeliveryOptions({ publishPolicy: "PUSH", repeatEvery: 0 });
assert.equal(await sent("default", "m", null, options), 2);

// Platforms: names, names joined, numbers.
for (const [pushBroadcast, count] of [
  ["FOR_ANDROID", 1],
  ["FOR_IOS|FOR_ANDROID", 2],
  ["IOS| ANDROID", 2],
  ["ALL", 2],
  [1, 1],
  ["3", 2],
  [4, 0],
]) {
  assert.equal(await sent("default", "m", {}, { pushBroadcast }), count, `${pushBroadcast}`);
}

// Single devices, of which the channel may know some.
assert.equal(await sent("default", "to you", {}, { pushSinglecast: ["ios-1"] }), 1);
assert.equal(await sent("default", "m", {}, { pushSinglecast: ["ios-1", "unknown"] }), 1);

// What can't be meant is refused with a number, and says which field.
for (const [delivery, code, field] of [
  [{ publishPolicy: "LATER" }, 90008, /publishPolicy/],
  [{ pushBroadcast: "PALM" }, 90009, /pushBroadcast/],
  [{ publishAt: "tomorrow" }, 90012, /publishAt/],
  [{ publishAt: Date.now() - 60_000 }, 90012, /publishAt/],
  [{ repeatEvery: 5, repeatExpiresAt: 1000 }, 90014, /repeatExpiresAt/],
]) {
  await assert.rejects(messaging.publish("default", "m", {}, delivery), (error) => {
    assert.equal(error.code, code);
    assert.equal(error.status, 400);
    assert.match(error.message, field);
    return true;
  });
}

const last = (await inbox("ios-1")).at(-1);
assert.equal(last.ios.body, "m");
done();
