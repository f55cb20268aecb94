import { describe, expect, it } from "vitest";
import { Memory, type Store } from "./memory";
import { tabStore } from "./tab_store.test_support";

describe("a memory", () => {
  it("gives back what it was told to keep", () => {
    const store = tabStore();
    new Memory(store, "app", "phone").keep("channels", ["news", "orders"]);
    new Memory(store, "app", "phone").keep("badge", 3);
    const later = new Memory(store, "app", "phone");
    expect(later.texts("channels")).toEqual(["news", "orders"]);
    expect(later.number("badge")).toBe(3);
  });

  it("keeps apps and devices apart, whatever they are called", () => {
    const store = tabStore();
    new Memory(store, "a/b", "c").keep("badge", 3);
    expect(new Memory(store, "a", "b/c").number("badge")).toBe(0);
  });

  it("knows nothing of what is spoilt or of another kind", () => {
    const store = tabStore();
    store.setItem("blockcast/app/phone/channels", "{");
    store.setItem("blockcast/app/phone/badge", '["3"]');
    const memory = new Memory(store, "app", "phone");
    expect(memory.texts("channels")).toBeUndefined();
    expect(memory.number("badge")).toBe(0);
  });

  it("survives a store that is full", () => {
    const full: Store = {
      ...tabStore(),
      setItem: () => {
        throw new DOMException("full", "QuotaExceededError");
      },
    };
    expect(() => new Memory(full, "app", "phone").keep("badge", 3)).not.toThrow();
  });
});
