import { describe, expect, it } from "vitest";
import type { BlockState } from "./entry";
import { draftOf, drawn, type Surroundings, valueOf } from "./preview";

const around: Surroundings = { variables: new Map([["v1", "city"]]), data: undefined };
const text = (value: string): BlockState => ({ type: "text", fields: { TEXT: value } });

/** A publish block with these inputs. */
const push = (inputs: Record<string, BlockState>): BlockState => ({
  type: "messaging_publish_push",
  inputs: Object.fromEntries(Object.entries(inputs).map(([name, block]) => [name, { block }])),
});

describe("whom a draft is for", () => {
  it("is Android alone with only Android's inputs, iOS alone with only its own, else both", () => {
    const goesTo = (inputs: Record<string, BlockState>): [boolean, boolean] => {
      const draft = draftOf(push(inputs), around);
      return [draft.android, draft.ios];
    };
    expect(goesTo({})).toEqual([true, true]);
    expect(goesTo({ ANDROID_CONTENT_TITLE: text("T") })).toEqual([true, false]);
    expect(goesTo({ IOS_ALERT: text("A") })).toEqual([false, true]);
    expect(goesTo({ ANDROID_CONTENT_TITLE: text("T"), IOS_ALERT: text("A") })).toEqual([
      true,
      true,
    ]);
  });

  it("takes an empty input as not given", () => {
    expect(draftOf(push({ IOS_ALERT: text("") }), around).android).toBe(true);
  });

  it("lets the block's own input win over an entry of headers", () => {
    const headers: BlockState = {
      type: "objects_create",
      extraState: { itemCount: 1 },
      fields: { KEY0: "android-content-title" },
      inputs: { VALUE0: { block: text("from headers") } },
    };
    const draft = draftOf(push({ HEADERS: headers, ANDROID_CONTENT_TITLE: text("own") }), around);
    expect(draft.headers).toEqual({ "android-content-title": "own" });
  });
});

describe("what is drawn", () => {
  it("is the message where there is no text of the system's own", () => {
    const draft = draftOf(push({ MESSAGE: text("Hello") }), around);
    expect(drawn(draft, "ANDROID", 5)?.android).toEqual({ text: "Hello" });
    expect(drawn(draft, "IOS", 5)?.ios).toEqual({ body: "Hello" });
  });

  it("leaves the badge as it is unless it is a number", () => {
    const badge = (value: string): unknown =>
      drawn(draftOf(push({ IOS_BADGE: text(value) }), around), "IOS", 5)?.ios?.badge;
    expect(badge("3")).toBe(3);
    expect(badge("many")).toBe(undefined);
  });

  it("is nothing on a system the message doesn't go to", () => {
    expect(drawn(draftOf(push({ IOS_ALERT: text("A") }), around), "ANDROID", 5)).toBe(undefined);
  });
});

describe("a value", () => {
  const get: BlockState = {
    type: "objects_get",
    inputs: { OBJECT: { block: { type: "trigger_data" } }, KEY: { shadow: text("name") } },
  };

  it("of the event is its sample's, or a placeholder with its name", () => {
    expect(valueOf(get, { ...around, data: { name: "Ann" } })).toBe("Ann");
    expect(valueOf(get, around)).toBe("‹name›");
  });

  it("of a variable is a placeholder with its name", () => {
    expect(valueOf({ type: "variables_get", fields: { VAR: { id: "v1" } } }, around)).toBe(
      "‹city›",
    );
  });

  it("of joined texts is joined", () => {
    const join: BlockState = {
      type: "text_join",
      extraState: { itemCount: 2 },
      inputs: { ADD0: { block: text("Dear ") }, ADD1: { block: get } },
    };
    expect(valueOf(join, { ...around, data: { name: "Ann" } })).toBe("Dear Ann");
  });

  it("that nobody can tell names what it is about", () => {
    const length: BlockState = { type: "lists_length", inputs: { VALUE: { block: get } } };
    expect(valueOf(length, around)).toBe("‹name›");
  });
});
