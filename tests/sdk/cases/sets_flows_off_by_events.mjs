// Dispatching an event sets off the live flow that waits for it, and gives what the flow answers.
import assert from "node:assert/strict";
import { Backendless, admin, done } from "../support/app.mjs";

const answer = { type: "trigger_result", id: "answer", inputs: { VALUE: { block: { type: "trigger_data", id: "data" } } } };
const hat = { type: "trigger_event", id: "hat", fields: { NAME: "echo" }, next: { block: answer } };
const source = { workspace: { blocks: { languageVersion: 0, blocks: [hat] } } };
const { id } = await admin("POST", "/flows", { name: "Echo", source });

await assert.rejects(Backendless.Events.dispatch("echo", {}), (error) => error.code === 90094);
await admin("POST", `/flows/${id}/live`, {});
assert.deepEqual(await Backendless.Events.dispatch("echo", { a: 1 }), { a: 1 });
assert.deepEqual(await Backendless.Events.dispatch("echo"), {});
const types = Backendless.BL.ExecutionTypes;
assert.deepEqual(await Backendless.Events.dispatch("echo", { a: 1 }, types.ASYNC), {});
assert.deepEqual(await Backendless.Events.dispatch("echo", { a: 1 }, types.ASYNC_LOW_PRIORITY), {});
const { items } = await admin("GET", `/runs?flow=${id}`);
assert.equal(items.length, 4);
done();
