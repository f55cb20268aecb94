/** A virtual device: registered over the messaging API, fed by server-sent events. */

import { ApiError, type Client, type Os } from "../api/client";
import { badgeAfter, collapse, type Notification, notificationOf } from "../phone/notification";
import { Memory, type Store } from "./memory";

export type Connection = "connecting" | "connected" | "reconnecting";

/** Milliseconds until a device that lost its stream registers anew. */
export const RETRY_MS = 1_000;

/** Dismissed messages a tab remembers: more than the server ever shows again. */
const DISMISSED_MAX = 200;

export class Device {
  readonly id: string;
  readonly os: Os;
  readonly #osVersion: string;
  readonly #client: Client;
  readonly #memory: Memory;
  readonly #onrefused: (reason: string) => void;
  #source: EventSource | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #isStopped = false;
  #dismissed: string[];
  /** The last event of this page, so that a stream opened anew goes on behind it. */
  #after = "";
  /** The newest sequence number this tab has shown: what is older is no news after a reload. */
  #seen: number;

  channels = $state.raw<readonly string[]>([]);
  /** The newest first, each message once. */
  notifications = $state.raw<readonly Notification[]>([]);
  connection = $state<Connection>("connecting");
  /** Why there is no connection; empty when there is one, or when nobody knows. */
  problem = $state("");
  /** What came last and is news: for the ticker, the heads-up, and those who hear the page. */
  latest = $state.raw<Notification | undefined>();
  /** The number on the app's icon; 0 is none. */
  badge = $state(0);

  /** `onrefused` is told when the server doesn't take the app id and key. */
  constructor(
    client: Client,
    store: Store,
    os: Os,
    osVersion: string,
    onrefused: (reason: string) => void,
  ) {
    this.#client = client;
    this.os = os;
    this.#osVersion = osVersion;
    this.#onrefused = onrefused;
    this.id = `${os.toLowerCase()}-phone`;
    this.#memory = new Memory(store, client.appId, this.id);
    this.channels = this.#memory.texts("channels") ?? ["default"];
    this.#dismissed = this.#memory.texts("dismissed") ?? [];
    this.#seen = this.#memory.number("seen");
    this.badge = this.#memory.number("badge");
  }

  /** Registers and listens, again and again until {@link stop}. */
  start(): void {
    void this.#connect();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#retry);
    this.#source?.close();
  }

  /** Listens to these channels from now on; when the server won't, all stays as it was. */
  async moveTo(channels: readonly string[]): Promise<void> {
    await this.#register(channels);
    this.channels = channels;
    this.#memory.keep("channels", channels);
  }

  dismiss(messageId: string): void {
    this.#forget([messageId]);
  }

  clear(): void {
    this.#forget(this.notifications.map((one) => one.messageId));
  }

  #forget(messageIds: string[]): void {
    this.#dismissed = [...this.#dismissed, ...messageIds].slice(-DISMISSED_MAX);
    this.#memory.keep("dismissed", this.#dismissed);
    this.notifications = this.notifications.filter((one) => !messageIds.includes(one.messageId));
  }

  async #connect(): Promise<void> {
    try {
      await this.#register(this.channels);
    } catch (error) {
      if (this.#isStopped) return;
      if (error instanceof ApiError && error.isRefusal) this.#onrefused(error.message);
      else this.#connectLater((error as Error).message);
      return;
    }
    if (!this.#isStopped) this.#listen();
  }

  #connectLater(problem: string): void {
    this.problem = problem;
    this.connection = "reconnecting";
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#connect(), RETRY_MS);
  }

  #register(channels: readonly string[]): Promise<void> {
    return this.#client.register(this.id, this.os, this.#osVersion, channels);
  }

  #listen(): void {
    const url = this.#client.notificationsUrl(this.id);
    const after = this.#after ? `?after=${encodeURIComponent(this.#after)}` : "";
    const source = new EventSource(url + after);
    this.#source = source;
    source.onopen = () => {
      this.connection = "connected";
      this.problem = "";
    };
    source.addEventListener("notification", (event: MessageEvent<string>) => {
      this.#after = event.lastEventId || this.#after;
      const one = notificationOf(event.data);
      if (one) this.#receive(one, Number(event.lastEventId));
    });
    source.onerror = () => {
      this.connection = "reconnecting";
      // The browser itself tries again, unless the answer was no stream: then perhaps the
      // server doesn't know this device any more.
      if (source.readyState === EventSource.CLOSED) this.#connectLater("");
    };
  }

  #receive(one: Notification, sequence: number): void {
    const isNews = !(sequence <= this.#seen);
    if (isNews) {
      this.#seen = sequence || this.#seen;
      this.badge = badgeAfter(this.badge, one);
      this.#memory.keep("seen", this.#seen);
      this.#memory.keep("badge", this.badge);
    }
    if (this.#dismissed.includes(one.messageId)) return;
    const isShown = this.notifications.some(({ messageId }) => messageId === one.messageId);
    this.notifications = collapse(this.notifications, one);
    if (isNews && !isShown) this.latest = one;
  }
}
