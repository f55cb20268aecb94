// A network that lets no websocket through: everything works over plain HTTP.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { Backendless, done, ear, eventually, messaging } from "../support/app.mjs";

// The real-time client has no option for it; the socket of every client passes here.
const require = createRequire(import.meta.url);
const { Manager } = require("socket.io-client");
const open = Manager.prototype.open;
Manager.prototype.open = function (...args) {
  this.opts.transports = ["polling"];
  return open.apply(this, args);
};
const upgrades = [];
Manager.prototype.onopen = ((onopen) =>
  function () {
    assert.equal(this.engine.transport.name, "polling");
    this.engine.on("upgrade", (transport) => upgrades.push(transport));
    return onopen.call(this);
  })(Manager.prototype.onopen);

const channel = messaging.subscribe("default");
const { listen, next } = ear();
channel.addMessageListener("n > 1", listen);
await eventually(() => channel.isConnected());
for (const n of [1, 2, 3, 4]) await channel.publish(`message ${n} é`, { headers: { n } });
for (const n of [2, 3, 4]) assert.equal((await next()).message, `message ${n} é`);
const commands = ear();
channel.addCommandListener(commands.listen);
await channel.send("PING", "é");
assert.equal((await commands.next()).data, "é");
assert.deepEqual(upgrades, []);
assert.ok(await Backendless.RT.getConnectionId());
done();
