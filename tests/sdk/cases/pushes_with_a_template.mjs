// A template is pushed with and without values, and read as a device reads it.
import assert from "node:assert/strict";
import {
  admin,
  anotherClient,
  done,
  inbox,
  messaging,
  speakFor,
  untilStatus,
} from "../support/app.mjs";

await admin("POST", "/templates", {
  name: "welcome",
  message: "Hello {name|there}",
  options: {
    android: { contentTitle: "{shop|Shop}", colorCode: "#FF0000", customHeaders: { k: "v" } },
    ios: { alertTitle: "{shop|Shop}", badge: 1 },
  },
});
speakFor("dev-1", "android", "14");
await messaging.registerDevice("token-1");
speakFor("dev-2", "ios");
await messaging.registerDevice("token-2");

const first = await messaging.pushWithTemplate("welcome");
assert.match(first.messageId, /^message:[0-9A-F-]{36}$/);
assert.equal(first.status, "SCHEDULED");
assert.equal(first.errorMessage, null);
await untilStatus(first.messageId, "PUBLISHED");
const second = await messaging.pushWithTemplate("welcome", { name: "Ada", shop: "Tea" });
const sent = await untilStatus(second.messageId, "PUBLISHED");
assert.deepEqual([sent.successfulSendsAmount, sent.failedSendsAmount], [2, 0]);

const android = await inbox("dev-1");
assert.deepEqual(
  android.map(({ android: { title, text } }) => [title, text]),
  [
    ["Shop", "Hello there"],
    ["Tea", "Hello Ada"],
  ],
);
assert.equal(android[0].headers.template_name, "welcome");
assert.equal(android[0].headers.k, "v");
const ios = await inbox("dev-2");
assert.deepEqual(
  ios.map(({ ios: { title, body } }) => [title, body]),
  [
    ["Shop", "Hello there"],
    ["Tea", "Hello Ada"],
  ],
);

const templates = await messaging.getPushTemplates("ANDROID");
assert.deepEqual(Object.keys(templates), ["welcome"]);
assert.equal(templates.welcome.contentTitle, "{shop|Shop}");
assert.equal(templates.welcome.colorCode, 0xff0000);
assert.equal((await messaging.getPushTemplates("IOS")).welcome.badge, 1);

await assert.rejects(
  messaging.pushWithTemplate("welcom"),
  (error) => error.code === 90080 && error.status === 404,
);
await assert.rejects(
  messaging.pushWithTemplate("welcome", { name: ["Ada"] }),
  (error) => error.code === 90082 && error.message.includes("templateValues.name"),
);

// A key that may publish on some channels only pushes only what goes there.
await admin("POST", "/templates", { name: "news", message: "m", channelName: "news" });
const { secret } = await admin("POST", "/keys", { name: "k", channels: { allow: ["news"] } });
const other = anotherClient(secret).Messaging;
assert.equal((await other.pushWithTemplate("news")).status, "SCHEDULED");
await assert.rejects(other.pushWithTemplate("welcome"), (error) => error.code === 90061);
assert.deepEqual(Object.keys(await other.getPushTemplates("IOS")), ["news"]);
done();
