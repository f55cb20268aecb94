// A channel is made by the first device or message on it, and can be deleted.
import assert from "node:assert/strict";
import { done, messaging, speakFor, untilStatus } from "../support/app.mjs";

await assert.rejects(messaging.deleteChannel("news"), (error) => error.status === 404);
speakFor("dev-1", "android");
await messaging.registerDevice("token-1", ["news", "sport"]);
await messaging.deleteChannel("news");
const [device] = await messaging.getRegistrations();
assert.deepEqual(device.channels, ["sport"]);

const push = { publishPolicy: "PUSH" };
const gone = await messaging.publish("news", "nobody is left", {}, push);
assert.equal((await untilStatus(gone.messageId, "PUBLISHED")).successfulSendsAmount, 0);
const there = await messaging.publish("sport", "one is left", {}, push);
assert.equal((await untilStatus(there.messageId, "PUBLISHED")).successfulSendsAmount, 1);
done();
