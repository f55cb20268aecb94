// A wrong key is refused with a number; the message says what to do.
import assert from "node:assert/strict";
import { anotherClient, done } from "../support/app.mjs";

const stranger = anotherClient("WRONG");
await assert.rejects(stranger.Messaging.publish("default", "m"), (error) => {
  assert.equal(error.status, 401);
  assert.equal(error.code, 90030);
  assert.match(error.message, /API key/);
  return true;
});
done();
