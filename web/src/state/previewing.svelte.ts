/**
 * What phones would show of what somebody types: asked of the server with every change, one request
 * at a time, the newest wins. What was drawn last stays while the server is away or refuses.
 */

import { RequestError } from "../api/http";
import type { FieldProblem, PreviewDraft, Previews } from "../api/types";
import type { Os } from "../api/client";
import type { Notification } from "../phone/notification";

/** Milliseconds until a server that was away is asked again. */
const RETRY_MS = 1_000;

export class Previewing {
  notifications = $state.raw<readonly Notification[]>([]);
  /** Names in a template that nothing fills. */
  gaps = $state.raw<readonly string[]>([]);
  /** Why the newest draft isn't drawn; empty when it is. */
  refusal = $state("");
  /** The same by field, where the server tells fields. */
  problems = $state.raw<readonly FieldProblem[]>([]);
  #newest = 0;
  #wanted: (() => Promise<PreviewDraft | undefined>) | undefined;
  #isAsking = false;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly draw: (draft: PreviewDraft) => Promise<Previews>) {}

  /** The notification of a system; undefined when it shows nothing. */
  of(os: Os): Notification | undefined {
    return this.notifications.find((one) => one.os === os);
  }

  /** Wants this drawn; nothing draws nothing. */
  ask(draft: PreviewDraft | undefined): void {
    this.askFor(async () => draft);
  }

  /** Wants drawn what `fetch` gives; what it throws is the refusal. */
  askFor(fetch: () => Promise<PreviewDraft | undefined>): void {
    this.#newest++;
    this.#wanted = fetch;
    clearTimeout(this.#retry);
    if (!this.#isAsking) void this.#askAll();
  }

  stop(): void {
    this.#wanted = undefined;
    clearTimeout(this.#retry);
  }

  async #askAll(): Promise<void> {
    this.#isAsking = true;
    while (this.#wanted) {
      const wanted = this.#wanted;
      this.#wanted = undefined;
      await this.#askOne(wanted);
    }
    this.#isAsking = false;
  }

  async #askOne(fetch: () => Promise<PreviewDraft | undefined>): Promise<void> {
    const turn = this.#newest;
    try {
      const draft = await fetch();
      const { notifications, gaps } = draft
        ? await this.draw(draft)
        : { notifications: [], gaps: [] };
      this.notifications = notifications.map((one) => ({ ...one, deviceId: "" }));
      this.gaps = gaps;
      this.refusal = "";
      this.problems = [];
    } catch (error) {
      // What is typed meanwhile may be all right again.
      if (turn !== this.#newest) return;
      if (error instanceof RequestError && error.status > 0) {
        this.refusal = error.message;
        this.problems = (error.data["problems"] as FieldProblem[] | undefined) ?? [];
      } else if (error instanceof RequestError) {
        this.#retry = setTimeout(() => this.askFor(fetch), RETRY_MS);
      } else {
        this.refusal = (error as Error).message;
      }
    }
  }
}
