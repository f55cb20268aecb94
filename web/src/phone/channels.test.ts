import { describe, expect, it } from "vitest";
import { withChannels, withoutChannel } from "./channels";

describe("channels", () => {
  it.each([
    ["news", ["default", "news"]],
    [" news, orders ,news,", ["default", "news", "orders"]],
    ["default", ["default"]],
    ["  ", ["default"]],
  ])("are joined by typing %j", (typed, channels) => {
    expect(withChannels(["default"], typed)).toEqual(channels);
  });

  it("are left one by one, and the last is the default", () => {
    expect(withoutChannel(["default", "news"], "default")).toEqual(["news"]);
    expect(withoutChannel(["news"], "news")).toEqual(["default"]);
  });
});
