import { describe, expect, it } from "vitest";
import {
  ago,
  androidCard,
  badgeAfter,
  channelsOf,
  collapse,
  iosBanner,
  type Notification,
} from "./notification";

function notification(more: Partial<Notification> = {}): Notification {
  return {
    messageId: "message:1",
    deviceId: "phone",
    channel: "default",
    os: "IOS",
    publishedAt: 0,
    message: "Hello",
    headers: {},
    ...more,
  };
}

describe("a notification", () => {
  it("stands before those that came earlier", () => {
    const shown = collapse([notification()], notification({ messageId: "message:2" }));
    expect(shown.map((one) => one.messageId)).toEqual(["message:2", "message:1"]);
  });

  it("is shown once, however often it is delivered", () => {
    const first = [notification({ messageId: "message:2" }), notification()];
    const again = collapse(first, notification({ message: "again" }));
    expect(again.map((one) => one.message)).toEqual(["Hello", "again"]);
  });

  it("shows the message where Android was given no text, and the app where it has no title", () => {
    expect(androidCard(notification({ message: { a: 1 } }))).toEqual({
      title: "blockcast",
      text: '{"a":1}',
    });
    const given = notification({ android: { title: "T", text: "x" } });
    expect(androidCard(given)).toEqual({ title: "T", text: "x" });
  });

  it("shows the alert on iOS", () => {
    const alert = notification({ ios: { title: "T", subtitle: "S", body: "B" } });
    expect(iosBanner(alert)).toEqual({ title: "T", subtitle: "S", body: "B" });
    expect(iosBanner(notification()).body).toBe("Hello");
  });
});

describe("the badge", () => {
  it("is set by a number, cleared by zero and left by its absence", () => {
    expect(badgeAfter(0, notification({ ios: { badge: 3 } }))).toBe(3);
    expect(badgeAfter(3, notification({ ios: { badge: 0 } }))).toBe(0);
    expect(badgeAfter(3, notification({ ios: {} }))).toBe(3);
    expect(badgeAfter(3, notification({ ios: { badge: Number.NaN } }))).toBe(3);
  });
});

describe("times", () => {
  it("are told as phones tell them", () => {
    const minute = 60_000;
    expect(
      [0, 59 * minute, 60 * minute, 23 * 60 * minute, 48 * 60 * minute].map((t) => ago(0, t)),
    ).toEqual(["now", "59m", "1h", "23h", "2d"]);
  });
});

describe("channels", () => {
  it("are names between commas, each once", () => {
    expect(channelsOf(" news, orders ,news,")).toEqual(["news", "orders"]);
    expect(channelsOf("  ")).toEqual(["default"]);
  });
});
