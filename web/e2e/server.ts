/** The real binary, started on a free port with a data folder of its own. */

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const root = resolve(import.meta.dirname, "../..");
const binary = process.env["BLOCKCAST_BIN"] ?? join(root, "target/debug/blockcast");

export const appId = "E2E-APP";
export const apiKey = "E2E-KEY";

export class Server {
  #process: ChildProcess | undefined;
  #port = 0;

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
    const child = spawn(
      binary,
      ["serve", "--listen", `127.0.0.1:${this.#port}`, "--data", this.data],
      {
        cwd: root,
        env: {
          ...process.env,
          BLOCKCAST_APP_ID: appId,
          BLOCKCAST_API_KEY: apiKey,
          BLOCKCAST_ADMIN_TOKEN: "E2E-ADMIN",
        },
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    this.#process = child;
    const said: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      said.push(line);
      const port = /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];
      if (port) {
        this.#port = Number(port);
        // What it says later is nobody's business here, but must not fill the pipe.
        child.stdout.resume();
        return;
      }
    }
    throw new Error(`the server stopped before it listened:\n${said.join("\n")}`);
  }

  /** Kills the process as a power cut would, and waits until it is gone. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null) return;
    const gone = new Promise((done) => child.once("exit", done));
    child.kill("SIGKILL");
    await gone;
  }

  /** Kills the process and removes its data. */
  async stop(): Promise<void> {
    await this.kill();
    await rm(this.data, { recursive: true, force: true });
  }

  /** Runs `blockcast` with these arguments and the server's data folder. */
  async blockcast(...args: string[]): Promise<string> {
    const options = { cwd: root };
    const { stdout } = await promisify(execFile)(binary, [...args, "--data", this.data], options);
    return stdout;
  }
}
