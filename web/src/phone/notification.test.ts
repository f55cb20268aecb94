import { describe, expect, it } from "vitest";
import {
  ago,
  badgeAfter,
  badgeText,
  clockText,
  collapse,
  isShown,
  type Notification,
  notificationOf,
  wordingOf,
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

describe("an event", () => {
  it("is read when it is a notification, and left when it is none", () => {
    expect(notificationOf(JSON.stringify(notification()))).toEqual(notification());
    for (const wrong of ["", "{", "null", "1", '"text"', "{}", '{"messageId":1}']) {
      expect(notificationOf(wrong), wrong).toBeUndefined();
    }
  });
});

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

  it.each<[string, Partial<Notification>, string, string, string]>([
    [
      "Android's title and text",
      { os: "ANDROID", android: { title: "T", text: "x" } },
      "T",
      "",
      "x",
    ],
    ["no text where the server says none", { os: "ANDROID", android: { title: "T" } }, "T", "", ""],
    [
      "the app for want of a title",
      { os: "ANDROID", message: { a: 1 } },
      "blockcast",
      "",
      '{"a":1}',
    ],
    ["an empty text as it is", { os: "ANDROID", android: { text: "" } }, "blockcast", "", ""],
    ["nothing for no message", { os: "ANDROID", message: undefined }, "blockcast", "", ""],
    ["the alert of iOS", { ios: { body: "B" } }, "blockcast", "", "B"],
    ["all lines of iOS", { ios: { title: "T", subtitle: "S", body: "B" } }, "T", "S", "B"],
    ["nothing that is the other system's", { android: { title: "T" } }, "blockcast", "", "Hello"],
  ])("shows %s", (_, given, title, subtitle, text) => {
    expect(wordingOf(notification(given))).toEqual({ title, subtitle, text });
  });
});

describe("a card", () => {
  it("is there when something is said, and not when the app is only woken", () => {
    expect(isShown(notification({ ios: { subtitle: "S" } }))).toBe(true);
    expect(isShown(notification({ os: "ANDROID", android: { text: "" } }))).toBe(true);
    expect(isShown(notification({ ios: { badge: 3, sound: "ping" } }))).toBe(false);
    expect(isShown(notification())).toBe(true);
  });
});

describe("the badge", () => {
  it.each([
    [0, 3, 3],
    [3, 0, 0],
    [3, undefined, 3],
    [3, Number.NaN, 3],
    [3, -1, 0],
    [0, 2.9, 2],
  ])("of %s becomes, with %s, %s", (before, given, after) => {
    const ios = given === undefined ? {} : { badge: given };
    expect(badgeAfter(before, notification({ ios }))).toBe(after);
  });

  it("is cut when it doesn't fit", () => {
    expect([1, 9_999, 10_000].map(badgeText)).toEqual(["1", "9999", "9999+"]);
  });
});

describe("times", () => {
  it.each([
    [-5, "now", "now"],
    [0, "now", "now"],
    [59, "59m", "59m ago"],
    [60, "1h", "1h ago"],
    [23 * 60 + 59, "23h", "23h ago"],
    [48 * 60, "2d", "2d ago"],
  ])("%s minutes ago are told as each system tells them", (minutes, android, ios) => {
    expect(ago("ANDROID", 0, minutes * 60_000)).toBe(android);
    expect(ago("IOS", 0, minutes * 60_000)).toBe(ios);
  });

  it("are told in the phone's language", () => {
    const told = (locale: string, minutes: number): string[] =>
      (["ANDROID", "IOS"] as const).map((os) => ago(os, 0, minutes * 60_000, locale));
    expect(told("de", 0)).toEqual(["jetzt", "jetzt"]);
    expect(told("de", 5)).toEqual(["5 Min.", "vor 5 Min."]);
    expect(told("es-ES", 120)).toEqual(["2 h", "hace 2 h"]);
    expect(told("uk", 5)).toEqual(["5 хв", "5 хв тому"]);
    expect(told("zh", 2 * 24 * 60)).toEqual(["2天", "2天前"]);
  });

  it("on the clock are those of the locale, without AM and PM", () => {
    const afternoon = Date.UTC(2026, 0, 1, 15, 4);
    expect(clockText(afternoon, "en-US", "UTC")).toBe("3:04");
    expect(clockText(afternoon, "en-GB", "UTC")).toBe("15:04");
    expect(clockText(afternoon, "ko-KR", "UTC")).toBe("3:04");
  });
});
