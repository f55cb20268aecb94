// Without a key real time is for this server's own pages: not for those of another origin, nor
// for those whose name was made to lead here.
import assert from "node:assert/strict";
import { request } from "node:http";
import { Backendless, done, url } from "../support/app.mjs";

const app = Backendless.applicationId;
const { host, port, hostname } = new URL(url);

/** One engine.io request; `fetch` doesn't let one say `host`. */
function ask(method, query, headers, body) {
  const path = `/${app}/?EIO=4&transport=polling${query}`;
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path, method, headers }, async (answer) => {
      const parts = await answer.setEncoding("utf8").toArray();
      resolve(parts.join(""));
    });
    asked.on("error", reject).end(body);
  });
}

/** What the server says to somebody without a key who would like to connect from there. */
async function greet(headers) {
  const opened = await ask("GET", "", headers);
  const { sid } = JSON.parse(opened.slice(1));
  assert.equal(await ask("POST", `&sid=${sid}`, headers, `40/${app},`), "ok");
  return ask("GET", `&sid=${sid}`, headers);
}

assert.match(await greet({}), /^40[^{]*\{"sid":/);
assert.match(await greet({ host, origin: `http://${host}` }), /^40[^{]*\{"sid":/);
const strange = [
  { host, origin: "http://rebound.example" },
  { host: "rebound.example:8080" },
  { host: "rebound.example:8080", origin: "http://rebound.example:8080" },
];
for (const headers of strange) {
  assert.match(await greet(headers), /^44.*API key is wrong/, JSON.stringify(headers));
}
done();
