// A device registers, is found with what it gave, moves to other channels, and is forgotten.
import assert from "node:assert/strict";
import { done, messaging, speakFor } from "../support/app.mjs";

speakFor("dev-1", "android", "14");
await assert.rejects(messaging.getRegistrations(), (error) => error.code === 5000);
await assert.rejects(messaging.unregisterDevice(), (error) => error.code === 5001);

const { registrationId } = await messaging.registerDevice("token-1");
assert.match(registrationId, /^[0-9A-F-]{36}::default$/);
let [device] = await messaging.getRegistrations();
assert.deepEqual(
  { ...device, id: "" },
  {
    id: "",
    deviceToken: "token-1",
    deviceId: "dev-1",
    os: "ANDROID",
    osVersion: "14",
    channels: ["default"],
    expiration: null,
  },
);

// The SDK sends seconds for a Date and what it was given for a number; both mean this moment.
const end = Date.now() + 3_600_000;
for (const expiration of [new Date(end), end]) {
  await messaging.registerDevice("token-2", ["news", "sport"], expiration);
  const registrations = await messaging.getRegistrations();
  assert.equal(registrations.length, 1, "the same device is registered once");
  [device] = registrations;
  assert.equal(device.deviceToken, "token-2");
  assert.deepEqual(device.channels, ["news", "sport"]);
  assert.equal(device.expiration, end);
}
await assert.rejects(
  messaging.registerDevice("token-2", ["news"], new Date(1000)),
  (error) => error.code === 5004,
);

assert.deepEqual(await messaging.unregisterDevice(), { result: true });
await assert.rejects(messaging.getRegistrations(), (error) => error.code === 5000);
done();
