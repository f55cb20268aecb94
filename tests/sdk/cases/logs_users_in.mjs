// A user's token adds to what the key may do. One that is not known has the number by which the
// SDK knows that nobody is logged in any more. Who listens to a channel learns who is logged in.
import assert from "node:assert/strict";
import { admin, anotherClient, done, ear, eventually } from "../support/app.mjs";

const weak = await admin("POST", "/keys", { name: "weak", roles: ["read"] });
const token = await admin("POST", "/user-tokens", {
  userId: "ada",
  roles: ["publish", "subscribe"],
});
const client = anotherClient(weak.secret);

await assert.rejects(client.Messaging.publish("default", "m"), { code: 90061 });

// What a login would have left there; logging in itself is another service's.
client.LocalCache.set("user-token", token.secret);
const { listen, next } = ear();
const channel = client.Messaging.subscribe("default");
channel.addMessageListener(listen);
await eventually(() => channel.isConnected());
await client.Messaging.publish("default", "by ada");
assert.equal((await next()).message, "by ada");


// Others see who it is.
const me = await client.RT.getConnectionId();
const users = ear();
channel.addUserStatusListener(users.listen);
const listing = await users.next();
assert.deepEqual(listing, { status: "LISTING", data: [{ connectionId: me, userId: "ada" }] });

await admin("DELETE", `/user-tokens/${token.id}`);
await assert.rejects(client.Messaging.publish("default", "m"), { code: 3064, status: 401 });
done();
