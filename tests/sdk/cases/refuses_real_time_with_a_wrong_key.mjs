// A wrong key is refused as the client expects it: it reports the error and tries again.
import assert from "node:assert/strict";
import { anotherClient, done, ear, url } from "../support/app.mjs";

const stranger = anotherClient("WRONG");
// With a wrong key `/info` is refused as well, and says nothing of where real time is.
stranger.appInfoPromise = () => Promise.resolve({ rtURL: url });
const errors = ear();
stranger.RT.addConnectErrorEventListener(errors.listen);
const channel = stranger.Messaging.subscribe("default");
for (const attempt of [1, 2]) {
  const error = await errors.next();
  assert.match(error.message ?? error, /API key is wrong/, `attempt ${attempt}`);
}
assert.ok(!channel.isConnected());
done();
