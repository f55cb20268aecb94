/** A virtual device: registered over the messaging API, fed by server-sent events. */

import type { Client, Os } from "../api/client";
import { badgeAfter, collapse, type Notification } from "../phone/notification";

export type Connection = "connecting" | "connected" | "reconnecting";

/** Milliseconds until a stream that the browser gave up is opened again. */
const RETRY_MS = 1_000;

export class Device {
  readonly id: string;
  readonly os: Os;
  readonly #osVersion: string;
  readonly #client: Client;
  readonly #storage: Storage;
  #source: EventSource | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  /** Messages that were swiped away in this tab. */
  readonly #dismissed: Set<string>;
  /** The last event that came, so that a stream opened anew goes on behind it. */
  #after = "";

  channels = $state.raw<string[]>(["default"]);
  notifications = $state.raw<Notification[]>([]);
  connection = $state<Connection>("connecting");
  /** What came last, for those who hear the page. */
  latest = $state.raw<Notification | undefined>();
  badge = $state(0);

  constructor(client: Client, storage: Storage, os: Os, osVersion: string) {
    this.#client = client;
    this.#storage = storage;
    this.os = os;
    this.#osVersion = osVersion;
    this.id = `${os.toLowerCase()}-phone`;
    this.channels = this.#read("channels") ?? ["default"];
    this.#dismissed = new Set(this.#read("dismissed") ?? []);
  }

  /** Registers and listens. Fails as {@link Client.register} does. */
  async start(): Promise<void> {
    await this.#register();
    this.#listen();
  }

  stop(): void {
    clearTimeout(this.#retry);
    this.#source?.close();
  }

  /** Listens to other channels from now on. */
  async moveTo(channels: string[]): Promise<void> {
    this.channels = channels;
    this.#write("channels", channels);
    await this.#register();
  }

  dismiss(messageId: string): void {
    this.#dismissed.add(messageId);
    this.#write("dismissed", [...this.#dismissed]);
    this.notifications = this.notifications.filter((one) => one.messageId !== messageId);
  }

  clear(): void {
    for (const one of this.notifications) this.dismiss(one.messageId);
  }

  async #register(): Promise<void> {
    await this.#client.register(this.id, this.os, this.#osVersion, this.channels);
  }

  #listen(): void {
    const url = this.#client.notificationsUrl(this.id);
    const source = new EventSource(this.#after ? `${url}?after=${this.#after}` : url);
    this.#source = source;
    source.onopen = () => (this.connection = "connected");
    source.addEventListener("notification", (event: MessageEvent<string>) => {
      this.#after = event.lastEventId || this.#after;
      this.#receive(JSON.parse(event.data) as Notification);
    });
    source.onerror = () => {
      this.connection = "reconnecting";
      // The browser itself tries again unless the answer was no stream at all.
      if (source.readyState === EventSource.CLOSED) {
        clearTimeout(this.#retry);
        this.#retry = setTimeout(() => this.#listen(), RETRY_MS);
      }
    };
  }

  #receive(one: Notification): void {
    this.badge = badgeAfter(this.badge, one);
    if (this.#dismissed.has(one.messageId)) return;
    this.notifications = collapse(this.notifications, one);
    this.latest = one;
  }

  #read(what: string): string[] | undefined {
    try {
      const kept: unknown = JSON.parse(this.#storage.getItem(`blockcast.${this.id}.${what}`) ?? "");
      return Array.isArray(kept) ? kept.map(String) : undefined;
    } catch {
      return undefined;
    }
  }

  #write(what: string, value: string[]): void {
    this.#storage.setItem(`blockcast.${this.id}.${what}`, JSON.stringify(value));
  }
}
