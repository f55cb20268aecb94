/** What a step of a run took, gave and changed, in the words that stand on its block. */

import * as Blockly from "blockly/core";
import type { Step } from "../api/types";

/** One value of a step, and what it is to the block. */
export interface Said {
  name: string;
  value: string;
  what: "takes" | "gives" | "sets";
}

/** What a condition is called in a trace, whatever its socket. */
const CONDITION = "IF";

/** Characters of a block's own words that name a socket. */
const NAME_MAX = 28;

/** All values of a step; `block` is absent when it isn't on the canvas. */
export function wordsOf(block: Blockly.Block | null, step: Step): Said[] {
  const said: Said[] = Object.entries(step.in ?? {}).map(([input, value]) => ({
    name: block ? nameOf(block, input) : input.toLowerCase(),
    value,
    what: "takes",
  }));
  if (step.out !== undefined) said.push({ name: "", value: step.out, what: "gives" });
  for (const [name, value] of Object.entries(step.set ?? {})) {
    said.push({ name, value, what: "sets" });
  }
  return said;
}

/** What a person would call a socket of a block. */
function nameOf(block: Blockly.Block, input: string): string {
  const own = block.getInput(input);
  if (input === CONDITION && !own) return ours("CONDITION", "condition");
  // Between two values stands what is done with them, which names neither.
  const isPair = block.getInput("A") && block.getInput("B");
  if (isPair && input === "A") return ours("LEFT", "left");
  if (isPair && input === "B") return ours("RIGHT", "right");
  const words = (own?.fieldRow ?? [])
    .filter((field) => !(field instanceof Blockly.FieldImage))
    .map((field) => field.getText())
    .join(" ")
    .trim();
  if (words) return words.length > NAME_MAX ? `${words.slice(0, NAME_MAX - 1)}…` : words;
  const ordinal = /^[A-Z]+(\d+)$/.exec(input)?.[1];
  return ordinal === undefined ? input.toLowerCase() : `${Number(ordinal) + 1}.`;
}

/** A word of ours that stands on no block; the page gives it to Blockly with its other words. */
function ours(word: "CONDITION" | "LEFT" | "RIGHT", english: string): string {
  return Blockly.Msg[`BLOCKCAST_${word}`] ?? english;
}
