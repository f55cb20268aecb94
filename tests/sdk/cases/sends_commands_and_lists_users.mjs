// Users of a channel see each other come and go, and send each other commands.
import assert from "node:assert/strict";
import { anotherClient, Backendless, done, ear, eventually, messaging } from "../support/app.mjs";

const mine = messaging.subscribe("room");
const users = ear();
mine.addUserStatusListener(users.listen);
const listing = await users.next();
const me = await Backendless.RT.getConnectionId();
assert.deepEqual(listing, { status: "LISTING", data: [{ connectionId: me, userId: null }] });

const other = anotherClient();
const theirs = other.Messaging.subscribe("room");
await eventually(() => theirs.isConnected());
const them = await other.RT.getConnectionId();
const data = [{ connectionId: them, userId: null }];
assert.deepEqual(await users.next(), { status: "CONNECTED", data });

const commands = ear();
mine.addCommandListener(commands.listen);
const echoes = ear();
theirs.addCommandListener(echoes.listen);
// Answered in order, so their listener is there when this is done.
assert.equal(await theirs.send("PING", { n: 1 }), null);
const command = { type: "PING", data: { n: 1 }, userInfo: { connectionId: them, userId: null } };
assert.deepEqual(await echoes.next(), command);
await eventually(async () => {
  await theirs.send("AGAIN");
  return commands.heard.length > 0;
});
assert.deepEqual((await commands.next()).userInfo, { connectionId: them, userId: null });
await assert.rejects(theirs.send("", {}), (error) => {
  assert.equal(error.code, 90041);
  return true;
});

// The id that others see lets nobody take the session over.
const takeover = new URL(`/${Backendless.applicationId}/`, Backendless.serverURL);
takeover.search = `apiKey=${Backendless.secretKey}&EIO=4&transport=polling&sid=${them}`;
for (const clientId of ["", "&clientId=guessed"]) {
  const answer = await fetch(takeover.href + clientId);
  assert.equal(answer.status, 400);
  assert.deepEqual(await answer.json(), { code: 1, message: "Session ID unknown" });
}

theirs.leave();
assert.deepEqual(await users.next(), { status: "DISCONNECTED", data });
theirs.join();
assert.deepEqual(await users.next(), { status: "CONNECTED", data });
other.RT.disconnect();
assert.deepEqual(await users.next(), { status: "DISCONNECTED", data });
done();
