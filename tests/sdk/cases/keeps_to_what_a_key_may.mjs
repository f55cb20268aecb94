// A key may publish and listen only where its roles and rules let it, and a revoked one hears no
// more, although it is connected.
import assert from "node:assert/strict";
import { admin, anotherClient, done, ear, eventually, messaging } from "../support/app.mjs";

const reader = await admin("POST", "/keys", {
  name: "newsreader",
  roles: ["subscribe"],
  channels: { allow: ["news*"] },
});
const client = anotherClient(reader.secret);

await assert.rejects(client.Messaging.publish("news", "m"), { code: 90061, status: 403 });

const errors = ear();
client.Messaging.subscribe("default").addConnectListener(() => {}, errors.listen);
assert.equal((await errors.next()).code, 90062);

const { listen, next } = ear();
const news = client.Messaging.subscribe("news");
news.addMessageListener(listen);
await eventually(() => news.isConnected());
await messaging.publish("news", "heard");
assert.equal((await next()).message, "heard");

// Commands are for those who may publish.
await assert.rejects(news.send("PING", 1), { code: 90061 });

const ends = ear();
const refusals = ear();
client.RT.addDisconnectEventListener(ends.listen);
client.RT.addConnectErrorEventListener(refusals.listen);
await admin("DELETE", `/keys/${reader.id}`);
await ends.next();
const refused = await refusals.next();
assert.match(refused.message ?? refused, /API key is wrong/);
done();
