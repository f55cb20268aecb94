import { describe, expect, it } from "vitest";
import type { BlockState } from "./entry";
import { draftOf, type Surroundings, valueOf } from "./preview";

const around: Surroundings = {
  variables: new Map([["v1", "city"]]),
  data: undefined,
  words: { data: "event data", entry: "entry", variable: "variable" },
};
const text = (value: string): BlockState => ({ type: "text", fields: { TEXT: value } });

/** A publish block with these inputs. */
const push = (inputs: Record<string, BlockState>): BlockState => ({
  type: "messaging_publish_push",
  inputs: Object.fromEntries(Object.entries(inputs).map(([name, block]) => [name, { block }])),
});

describe("a draft", () => {
  const headers: BlockState = {
    type: "objects_create",
    extraState: { itemCount: 1 },
    fields: { KEY0: "android-content-title" },
    inputs: { VALUE0: { block: text("from headers") } },
  };

  it("is the body that the block publishes", () => {
    const block = push({
      MESSAGE: text("m"),
      IOS_ALERT: text("A"),
      ANDROID_CONTENT_TEXT: text(""),
    });
    expect(draftOf(block, around)).toEqual({
      kind: "message",
      channel: "default",
      body: { message: "m", headers: { "ios-alert": "A" }, publishPolicy: "PUSH" },
    });
  });

  it("lets the block's own input win over an entry of headers", () => {
    const draft = draftOf(push({ HEADERS: headers, ANDROID_CONTENT_TITLE: text("own") }), around);
    expect(draft).toMatchObject({ body: { headers: { "android-content-title": "own" } } });
  });

  it("names the devices of a list and the systems that are ticked", () => {
    const list: BlockState = {
      type: "lists_create_with",
      extraState: { itemCount: 3 },
      inputs: { ADD0: { block: text("ann-phone") }, ADD1: { block: text("") } },
    };
    const block: BlockState = {
      ...push({ DEVICE_IDS: list }),
      type: "messaging_publish_options",
      fields: { PUBLISH_POLICY: "BOTH", FOR_ANDROID: true, FOR_OSX: "TRUE", FOR_IOS: "FALSE" },
    };
    expect(draftOf(block, around)).toMatchObject({
      body: { pushBroadcast: 10, pushSinglecast: ["ann-phone"], publishPolicy: "BOTH" },
    });
  });

  it("of a template's push has the template's name and its values", () => {
    const block: BlockState = {
      ...push({ TEMPLATE: text("welcome"), VALUES: headers }),
      type: "messaging_push_with_template",
    };
    expect(draftOf(block, around)).toEqual({
      kind: "template",
      name: "welcome",
      values: { "android-content-title": "from headers" },
    });
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

  it("without a name is a placeholder in the author's language", () => {
    const german = { ...around, words: { data: "Ereignisdaten", entry: "Eintrag", variable: "V" } };
    expect(valueOf({ type: "trigger_data" }, german)).toBe("‹Ereignisdaten›");
    expect(valueOf({ type: "objects_get_path" }, german)).toBe("‹Eintrag›");
    expect(valueOf({ type: "variables_get" }, german)).toBe("‹V›");
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
