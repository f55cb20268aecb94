/** Gives Blockly the blocks that the server has and Blockly doesn't, in the server's words. */

import * as Blockly from "blockly/core";
import type { Category, Entry } from "./entry";
import { registerMutator } from "./mutators";
import { addPickers } from "./picking";
import { styleOf } from "./theme";

/** Types that Blockly or a plugin defined, in the author's language: they stay. */
const own = new Set(Object.keys(Blockly.Blocks));

/** Defines every block of these categories that is not Blockly's own; a second time anew. */
export function defineBlocks(categories: readonly Category[]): void {
  for (const category of categories) {
    for (const entry of category.blocks) {
      if (!own.has(entry.type)) define(entry, category);
    }
  }
}

function define(entry: Entry, category: Category): void {
  const { blockcast, ...look } = entry;
  const mutation = blockcast?.mutation;
  const mutator = mutation && registerMutator(entry, mutation);
  const style = styleOf(category);
  const definition = {
    ...look,
    ...(style ? { style } : { colour: entry.colour ?? category.colour }),
    ...(mutator ? { mutator } : {}),
    // What is told in several messages stands in several rows; so do parts that can be added.
    ...(entry["message1"] || mutation ? { inputsInline: false } : {}),
    helpUrl: `/docs/blocks/${encodeURIComponent(entry.type)}`,
  };
  if (style) delete (definition as Entry).colour;
  Blockly.Blocks[entry.type] = {
    init(this: Blockly.Block) {
      this.jsonInit(definition);
      addPickers(this);
    },
  };
}
