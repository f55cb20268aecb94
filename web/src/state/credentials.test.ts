import { describe, expect, it } from "vitest";
import { fromFragment, remember, remembered } from "./credentials";

function storage(): Storage {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  } as Storage;
}

describe("credentials", () => {
  it("come from the link that the server prints", () => {
    expect(fromFragment("#app=A-1&key=K%2B2")).toEqual({ appId: "A-1", apiKey: "K+2" });
    expect(fromFragment("#app=A-1")).toBeNull();
    expect(fromFragment("")).toBeNull();
  });

  it("are remembered until they are forgotten", () => {
    const tab = storage();
    remember(tab, { appId: "A", apiKey: "K" });
    expect(remembered(tab)).toEqual({ appId: "A", apiKey: "K" });
    remember(tab, null);
    expect(remembered(tab)).toBeNull();
  });

  it("that were spoilt are as good as none", () => {
    const tab = storage();
    tab.setItem("blockcast.credentials", "{");
    expect(remembered(tab)).toBeNull();
  });
});
