import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Client } from "../api/client";
import { Device, RETRY_MS } from "./device.svelte";
import type { Store } from "./memory";
import { tabStore } from "./tab_store.test_support";

/** An event source whose server is the test. */
class Stream {
  static readonly CLOSED = 2;
  static opened: Stream[] = [];
  static get last(): Stream {
    const last = Stream.opened.at(-1);
    if (!last) throw new Error("no stream was opened");
    return last;
  }

  readyState = 0;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  #listener: ((event: { data: string; lastEventId: string }) => void) | undefined;

  constructor(readonly url: string) {
    Stream.opened.push(this);
  }

  addEventListener(_: string, listener: (event: { data: string; lastEventId: string }) => void) {
    this.#listener = listener;
  }

  close(): void {
    this.readyState = Stream.CLOSED;
  }

  send(sequence: number, message: string, more: object = {}): void {
    const one = { messageId: `message:${message}`, os: "IOS", message, ...more };
    this.#listener?.({ data: JSON.stringify(one), lastEventId: String(sequence) });
  }

  fail(readyState: number): void {
    this.readyState = readyState;
    this.onerror?.();
  }
}

let store: Store;
let registered: string[][];
let answer: () => Response;
const refused = vi.fn();

beforeEach(() => {
  vi.useFakeTimers();
  Stream.opened = [];
  store = tabStore();
  registered = [];
  answer = () => Response.json({ registrationId: "1" });
  refused.mockReset();
  vi.stubGlobal("EventSource", Stream);
  vi.stubGlobal("fetch", (_: string, request: { body: string }) => {
    registered.push((JSON.parse(request.body) as { channels: string[] }).channels);
    return Promise.resolve(answer());
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function device(): Device {
  return new Device(new Client({ appId: "A", apiKey: "K/1" }), store, "IOS", "18", refused);
}

/** A device whose stream is open. */
async function listening(): Promise<Device> {
  const one = device();
  one.start();
  await vi.advanceTimersByTimeAsync(0);
  Stream.last.onopen?.();
  return one;
}

const shown = (one: Device): unknown[] => one.notifications.map(({ message }) => message);

describe("a device", () => {
  it("registers on the default channel, then listens", async () => {
    const one = device();
    one.start();
    expect(one.connection).toBe("connecting");
    await vi.advanceTimersByTimeAsync(0);
    expect(registered).toEqual([["default"]]);
    expect(Stream.last.url).toBe("/A/K%2F1/messaging/registrations/ios-phone/notifications");
    Stream.last.onopen?.();
    expect(one.connection).toBe("connected");
  });

  it("shows what comes, the newest first, each message once", async () => {
    const one = await listening();
    Stream.last.send(1, "a");
    Stream.last.send(2, "b");
    Stream.last.send(3, "a");
    expect(shown(one)).toEqual(["b", "a"]);
    expect(one.latest?.message).toBe("b");
  });

  it("leaves the stream to the browser while that tries by itself", async () => {
    const one = await listening();
    Stream.last.fail(0);
    expect(one.connection).toBe("reconnecting");
    await vi.advanceTimersByTimeAsync(10 * RETRY_MS);
    expect(Stream.opened).toHaveLength(1);
  });

  it("registers anew when its stream is refused, and goes on where it was", async () => {
    const one = await listening();
    Stream.last.send(7, "a");
    Stream.last.fail(Stream.CLOSED);
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(registered).toHaveLength(2);
    expect(Stream.last.url).toMatch(/\?after=7$/);
    Stream.last.onopen?.();
    expect(one.connection).toBe("connected");
  });

  it("tries again while the server can't be reached, and says so", async () => {
    answer = () => {
      throw new TypeError("fetch failed");
    };
    const one = device();
    one.start();
    await vi.advanceTimersByTimeAsync(3 * RETRY_MS);
    expect([one.connection, one.problem]).toEqual(["reconnecting", "The server can't be reached."]);
    answer = () => Response.json({});
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    Stream.last.onopen?.();
    expect([one.connection, one.problem]).toEqual(["connected", ""]);
  });

  it("gives up when its key is refused", async () => {
    answer = () => Response.json({ message: "no such key", code: 3064 }, { status: 403 });
    device().start();
    await vi.advanceTimersByTimeAsync(3 * RETRY_MS);
    expect(refused.mock.calls).toEqual([["no such key"]]);
    expect(registered).toHaveLength(1);
  });

  it("does nothing more once it is stopped", async () => {
    const one = device();
    one.start();
    one.stop();
    await vi.advanceTimersByTimeAsync(3 * RETRY_MS);
    expect(Stream.opened).toHaveLength(0);
  });

  it("moves to other channels and remembers them", async () => {
    const one = await listening();
    await one.moveTo(["news"]);
    expect(registered.at(-1)).toEqual(["news"]);
    expect(device().channels).toEqual(["news"]);
  });

  it("stays on its channels when the server refuses others", async () => {
    const one = await listening();
    answer = () => Response.json({ message: "bad name", code: 1 }, { status: 400 });
    await expect(one.moveTo(["a/b"])).rejects.toThrow("bad name");
    expect(one.channels).toEqual(["default"]);
    expect(device().channels).toEqual(["default"]);
  });

  it("doesn't show again what was dismissed or cleared", async () => {
    const one = await listening();
    Stream.last.send(1, "a");
    Stream.last.send(2, "b");
    Stream.last.send(3, "c");
    one.dismiss("message:b");
    expect(shown(one)).toEqual(["c", "a"]);
    one.clear();
    expect(shown(one)).toEqual([]);
    const reloaded = await listening();
    Stream.last.send(1, "a");
    Stream.last.send(2, "b");
    Stream.last.send(4, "d");
    expect(shown(reloaded)).toEqual(["d"]);
  });

  it("announces nothing twice, and keeps its badge, when the page is loaded again", async () => {
    await listening();
    Stream.last.send(1, "a", { ios: { badge: 4 } });
    Stream.last.send(2, "b");
    const reloaded = await listening();
    expect(reloaded.badge).toBe(4);
    Stream.last.send(1, "a", { ios: { badge: 4 } });
    Stream.last.send(2, "b");
    expect(shown(reloaded)).toEqual(["b", "a"]);
    expect(reloaded.latest).toBeUndefined();
    Stream.last.send(3, "c", { ios: { badge: 0 } });
    expect(reloaded.latest?.message).toBe("c");
    expect(reloaded.badge).toBe(0);
  });
});
