import { describe, expect, it } from "vitest";
import { fromFragment, remember, remembered } from "./credentials";
import { tabStore } from "./tab_store.test_support";

describe("credentials", () => {
  it.each([
    ["#app=A-1&key=K%2B2", { appId: "A-1", apiKey: "K+2" }],
    ["#key=K&app=A", { appId: "A", apiKey: "K" }],
    ["#app=A-1", null],
    ["#app=A&key=%20", null],
    ["#send", null],
    ["", null],
  ])("come from the link that the server prints: %s", (fragment, credentials) => {
    expect(fromFragment(fragment)).toEqual(credentials);
  });

  it("are remembered until they are forgotten", () => {
    const tab = tabStore();
    remember(tab, { appId: "A", apiKey: "K" });
    expect(remembered(tab)).toEqual({ appId: "A", apiKey: "K" });
    remember(tab, null);
    expect(remembered(tab)).toBeNull();
  });

  it.each(["{", "1", "{}", '{"appId":"A"}'])("that were spoilt are as good as none: %s", (kept) => {
    const tab = tabStore();
    tab.setItem("blockcast.credentials", kept);
    expect(remembered(tab)).toBeNull();
  });
});
