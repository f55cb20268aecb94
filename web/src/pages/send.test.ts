import { describe, expect, it } from "vitest";
import { type Fields, publishBody } from "./send";

const none: Fields = { message: "m", ticker: "", title: "", text: "", alert: "", badge: "" };
const all: Fields = { ...none, ticker: "K", title: "T", text: "x", alert: "A", badge: " 0 " };

describe("the form", () => {
  it("sends no header for what is empty", () => {
    expect(publishBody("ALL", none)).toEqual({
      message: "m",
      headers: {},
      publishPolicy: "PUSH",
      pushBroadcast: "ALL",
    });
  });

  it("sends the headers of those who are meant, a badge of 0 among them", () => {
    const android = {
      "android-ticker-text": "K",
      "android-content-title": "T",
      "android-content-text": "x",
    };
    const ios = { "ios-alert": "A", "ios-badge": "0" };
    expect(publishBody("ALL", all).headers).toEqual({ ...android, ...ios });
    expect(publishBody("ANDROID", all)).toMatchObject({
      headers: android,
      pushBroadcast: "ANDROID",
    });
    expect(publishBody("IOS", all)).toMatchObject({ headers: ios, pushBroadcast: "IOS" });
  });
});
