// The server is killed and started again: the client connects by itself and listens on.
import assert from "node:assert/strict";
import { Backendless, done, ear, messaging, trial } from "../support/app.mjs";

const channel = messaging.subscribe("default");
const messages = ear();
channel.addMessageListener(messages.listen);
const connects = ear();
channel.addConnectListener(() => connects.listen("connected"));
await connects.next();
const before = await Backendless.RT.getConnectionId();
await channel.publish("before");
assert.equal((await messages.next()).message, "before");

const lost = ear();
Backendless.RT.addDisconnectEventListener(lost.listen);
await trial("kill");
await lost.next();
await trial("start");
// Published until the client has found its way back; each is heard at most once.
let published = 0;
while (!messages.heard.length) {
  await channel.publish(published++);
  await new Promise((resolve) => setTimeout(resolve, 20));
}
const first = (await messages.next()).message;
for (let n = first + 1; n < published; n++) assert.equal((await messages.next()).message, n);
assert.notEqual(await Backendless.RT.getConnectionId(), before);
await channel.publish("after");
assert.equal((await messages.next()).message, "after");
done();
