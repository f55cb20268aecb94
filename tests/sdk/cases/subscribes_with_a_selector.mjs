// A selector tests headers as SQL would; a bad one is reported and points at the mistake.
import assert from "node:assert/strict";
import { done, ear, messaging } from "../support/app.mjs";

const channel = messaging.subscribe("default");
const large = ear();
const important = ear();
const all = ear();
channel.addMessageListener("foo > 10", large.listen);
channel.addMessageListener("importance = 'high' and customerId = 55561", important.listen);
const errors = ear();
channel.addMessageListener("foo >", () => assert.fail("never ready"), errors.listen);
const error = await errors.next();
assert.equal(error.code, 90043);
assert.match(error.message, /character 6/);
channel.addMessageListener(all.listen);

// Subscriptions are answered in order, so the ones before the bad one are ready; one more
// message than needed shows that the last is.
for (;;) {
  await channel.publish("are you there?");
  await new Promise((resolve) => setTimeout(resolve, 10));
  if (all.heard.length) break;
}

for (const foo of [20, 50, 10, 5, 9, "9", "100"]) {
  await channel.publish(`foo ${foo}`, { headers: { foo } });
}
await channel.publish("no foo", { headers: { bar: 50 } });
await channel.publish("yours", { headers: { importance: "high", customerId: 55561 } });
await channel.publish("not yours", { headers: { importance: "high", customerId: 1 } });
await channel.publish("the end", { headers: { foo: 1e6 } });

const texts = [];
do texts.push((await large.next()).message);
while (texts.at(-1) !== "the end");
assert.deepEqual(texts, ["foo 20", "foo 50", "foo 100", "the end"]);
assert.equal((await important.next()).message, "yours");
assert.equal(important.heard.length, 0);
done();
