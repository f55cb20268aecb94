import { describe, expect, it } from "vitest";
import type { BlockState, WorkspaceState } from "../canvas/entry";
import { sketch } from "../pages/sketch";
import { tabStore } from "../state/tab_store.test_support";
import { forget, keep, kept } from "./autosave";
import { dataOf, eventFor } from "./event";
import { eventFields, shownValue, typedValue } from "./event_fields";
import { blankFlow, readFlow } from "./file";

const workspaceOf = (...blocks: BlockState[]): WorkspaceState => ({ blocks: { blocks } });

const read = (key: string): BlockState => ({
  type: "objects_get",
  inputs: {
    OBJECT: { block: { type: "trigger_data" } },
    KEY: { shadow: { type: "text", fields: { TEXT: key } } },
  },
});

describe("a flow file", () => {
  it("is read with its name, and a bare workspace with the file's", () => {
    expect(readFlow('{"name": "A", "workspace": {}}', "b.json").name).toBe("A");
    const bare = readFlow('{"blocks": {"blocks": []}}', "b.json");
    expect(bare).toEqual({ name: "b", source: { workspace: { blocks: { blocks: [] } } } });
  });

  it("that is no flow is refused", () => {
    expect(() => readFlow('{"a": 1}', "b.json")).toThrow(/no flow/);
    expect(() => readFlow("[", "b.json")).toThrow();
  });
});

describe("the event's form", () => {
  it("asks for what the flow reads, each once, in order", () => {
    const print = (key: string, next?: BlockState): BlockState => ({
      type: "text_print",
      inputs: { TEXT: { block: read(key) } },
      ...(next ? { next: { block: next } } : {}),
    });
    expect(eventFields(workspaceOf(print("b", print("a", print("b")))))).toEqual(["b", "a"]);
  });

  it("takes what was typed as JSON where it is, and shows it so that it comes back", () => {
    expect(typedValue("17")).toBe(17);
    expect(typedValue("Ann")).toBe("Ann");
    for (const value of ["Ann", "17", 17, true, ["a"], { a: 1 }]) {
      expect(typedValue(shownValue(value))).toEqual(value);
    }
  });

  it("makes the event that the trigger waits for", () => {
    const trigger = { type: "custom", name: "order" };
    expect(eventFor(trigger, '{"a": 1}')).toEqual({
      type: "custom",
      name: "order",
      data: { a: 1 },
    });
    expect(eventFor(undefined, " ")).toEqual({});
    expect(() => eventFor(trigger, "{")).toThrow();
    expect(dataOf("{")).toBe(undefined);
  });
});

describe("unsaved work", () => {
  const draft = { name: "A", description: "", source: { workspace: {} }, revision: 3, at: 5 };

  it("is kept apart for each flow until it is forgotten", () => {
    const store = tabStore();
    expect(keep(store, "f1", draft)).toBe(true);
    expect(kept(store, "f1")).toEqual(draft);
    expect(kept(store, "f2")).toBe(undefined);
    forget(store, "f1");
    expect(kept(store, "f1")).toBe(undefined);
  });

  it("that can't be kept is told", () => {
    const full = { getItem: () => null, removeItem: () => {}, setItem: () => fail() };
    function fail(): void {
      throw new Error("full");
    }
    expect(keep(full, "f1", draft)).toBe(false);
  });
});

it("a sketch has one bar a statement, indented as it is nested", () => {
  const inner: BlockState = { type: "text_print" };
  const loop: BlockState = { type: "controls_repeat_ext", inputs: { DO: { block: inner } } };
  const bars = sketch(workspaceOf({ type: "trigger_start", next: { block: loop } }), 9);
  expect(bars.map(({ depth }) => depth)).toEqual([0, 0, 1]);
  expect(sketch(blankFlow().workspace, 1)).toHaveLength(1);
});
