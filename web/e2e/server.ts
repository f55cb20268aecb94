/** The real binary, started on a free port with a data folder of its own. */

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { expect } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const binary = process.env["BLOCKCAST_BIN"] ?? join(root, "target/debug/blockcast");

export const appId = "E2E-APP";
export const apiKey = "E2E-KEY";

/** What the binary is told by its environment; a setting of whoever runs the tests must not leak. */
const environment = {
  ...process.env,
  BLOCKCAST_APP_ID: appId,
  BLOCKCAST_API_KEY: apiKey,
  BLOCKCAST_ADMIN_TOKEN: "E2E-ADMIN",
  BLOCKCAST_CONFIG: undefined,
};

export class Server {
  #process: ChildProcess | undefined;
  #port = 0;
  /** A folder of blocks of one's own that the process is given when it starts. */
  blocks = "";

  private constructor(readonly data: string) {}

  /** A server that is ready to answer. */
  static async start(): Promise<Server> {
    const server = new Server(await mkdtemp(join(tmpdir(), "blockcast-e2e-")));
    await server.up();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** The link that signs in. */
  get link(): string {
    return `${this.url}/#app=${appId}&key=${apiKey}`;
  }

  /** Starts the process, on the port it had before if it had one. */
  async up(): Promise<void> {
    const args = ["serve", "--listen", `127.0.0.1:${this.#port}`, "--data", this.data];
    if (this.blocks) args.push("--blocks", this.blocks);
    const child = spawn(binary, args, {
      cwd: root,
      env: environment,
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#process = child;
    this.#port = await new Promise<number>((listening, failed) => {
      const said: string[] = [];
      child.once("error", failed);
      child.once("exit", (code) =>
        failed(new Error(`the server ended with ${code}, it had said:\n${said.join("\n")}`)),
      );
      // Read to the end, so that what it says later doesn't fill the pipe.
      createInterface({ input: child.stdout }).on("line", (line) => {
        said.push(line);
        const port = /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];
        if (port) listening(Number(port));
      });
    });
  }

  /** Kills the process as a power cut would, and waits until it is gone. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once("exit", done));
    child.kill("SIGKILL");
    await gone;
  }

  /** Kills the process and removes its data. */
  async stop(): Promise<void> {
    await this.kill();
    await rm(this.data, { recursive: true, force: true });
  }

  /** Runs `blockcast` with these arguments and the server's data folder; gives its output. */
  async blockcast(...args: string[]): Promise<string> {
    const options = { cwd: root, env: environment };
    const { stdout } = await promisify(execFile)(binary, [...args, "--data", this.data], options);
    return stdout;
  }

  /** A link that signs a browser in, once. */
  async signInLink(): Promise<string> {
    const said = await this.blockcast("link");
    const link = /http:\S+#sign-in=\S+/.exec(said)?.[0];
    if (!link) throw new Error(`\`blockcast link\` gave no link: ${said}`);
    return link;
  }

  /** Sends an event from outside, as an app's SDK does; gives the answer. */
  async emit(name: string, data: unknown): Promise<unknown> {
    const path = `${appId}/${apiKey}/servercode/events/${encodeURIComponent(name)}`;
    const response = await fetch(`${this.url}/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(data),
    });
    if (!response.ok) throw new Error(`emit: ${response.status} ${await response.text()}`);
    return response.json();
  }

  /** Waits until a device is registered. */
  async hasDevice(id: string): Promise<void> {
    const url = `${this.url}/api/v1/apps/${appId}/devices/${id}`;
    const init = { headers: { authorization: "Bearer E2E-ADMIN" } };
    await expect.poll(async () => (await fetch(url, init)).status).toBe(200);
  }

  /** Registers virtual Android devices over the wire, as an app would. */
  async register(...deviceIds: string[]): Promise<void> {
    for (const deviceId of deviceIds) {
      const response = await fetch(`${this.url}/${appId}/${apiKey}/messaging/registrations`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          deviceToken: `virtual:${deviceId}`,
          deviceId,
          os: "ANDROID",
          osVersion: "15",
        }),
      });
      if (!response.ok) throw new Error(`register: ${response.status} ${await response.text()}`);
    }
  }

  /** Stores a flow, as a script would; gives its id. */
  async keepFlow(name: string, source: object): Promise<string> {
    const response = await fetch(`${this.url}/api/v1/apps/${appId}/flows`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer E2E-ADMIN" },
      body: JSON.stringify({ name, source }),
    });
    if (!response.ok) throw new Error(`flow: ${response.status} ${await response.text()}`);
    return ((await response.json()) as { id: string }).id;
  }

  /** Keeps a push template, as a script would. */
  async keepTemplate(template: { name: string; [field: string]: unknown }): Promise<void> {
    const response = await fetch(`${this.url}/api/v1/apps/${appId}/templates`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer E2E-ADMIN" },
      body: JSON.stringify(template),
    });
    if (!response.ok) throw new Error(`template: ${response.status} ${await response.text()}`);
  }

  /** Publishes over the wire, as an app would. */
  async publish(message: unknown, headers: Record<string, string> = {}): Promise<void> {
    const response = await fetch(`${this.url}/${appId}/${apiKey}/messaging/default`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ message, headers, publishPolicy: "PUSH" }),
    });
    if (!response.ok) throw new Error(`publish: ${response.status} ${await response.text()}`);
  }
}
