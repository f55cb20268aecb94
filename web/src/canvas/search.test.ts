import { describe, expect, it } from "vitest";
import type { Category } from "./entry";
import { offered } from "./palette";
import { search } from "./search";

const categories: Category[] = [
  {
    name: "Messaging",
    colour: "#000",
    blocks: [
      {
        type: "messaging_publish_push",
        message0: "Publish Push Notification",
        message1: "badge %1",
      },
      {
        type: "objects_keys",
        message0: "Schlüssel von %1",
        blockcast: { label: "keys of object …" },
      },
      { type: "messaging_cancel", message0: "cancel message %1", tooltip: "Stops a push." },
    ],
  },
  {
    name: "Variables",
    colour: "#000",
    blocks: [{ type: "variables_set", message0: "set %1 to %2" }],
  },
];

const types = (query: string): string[] => search(categories, query).map(({ type }) => type);

describe("the search", () => {
  it("finds by label, in any of its rows", () => {
    expect(types("badge")).toEqual(["messaging_publish_push"]);
  });

  it("finds by what people call it", () => {
    expect(types("notify")).toEqual(["messaging_publish_push"]);
  });

  it("finds by the words that are shown, and by English", () => {
    expect(types("schlüssel")).toEqual(["objects_keys"]);
    expect(types("keys")).toEqual(["objects_keys"]);
  });

  it("leaves out what only mentions the word when something is called so", () => {
    expect(types("push")).toEqual(["messaging_publish_push"]);
    expect(types("stops")).toEqual(["messaging_cancel"]);
  });

  it("wants all words, and nothing for none", () => {
    expect(types("cancel badge")).toEqual([]);
    expect(types("  ")).toEqual([]);
  });

  it("doesn't offer what Blockly makes for each variable", () => {
    expect(types("set")).toEqual([]);
  });
});

it("an offered block has a shadow in each socket with a default", () => {
  const shadow = { type: "text", fields: { TEXT: "x" } };
  const entry = { type: "t", blockcast: { inputs: { A: { shadow }, B: {} } } };
  expect(offered(entry)).toEqual({ kind: "block", type: "t", inputs: { A: { shadow } } });
});
