/** The palette: the server's categories as a Blockly toolbox, with shadows in their sockets. */

import type * as Blockly from "blockly/core";
import type { BlockState, Category, Entry } from "./entry";

/** Types that Blockly's own categories make for each variable and function. */
const MADE = /^(variables_|procedures_(call|def|ifreturn))/;

/** Types with a second look for programs that were made elsewhere: they run, but aren't offered. */
const NOT_OFFERED = new Set([
  "text_prompt",
  "text_prompt_ext",
  "controls_ifelse",
  "controls_repeat",
  "variables_get_dynamic",
  "variables_set_dynamic",
]);

/** The order in which an author needs them; categories not named here come last. */
const ORDER = [
  "Triggers",
  "Messaging",
  "Logic",
  "Loops",
  "Math",
  "Text",
  "Lists",
  "Objects",
  "Time",
  "Variables",
  "Functions",
  "Script",
  "Colour",
];

/** A block of the palette: its type, with a shadow in every socket that has a default. */
export function offered(entry: Entry): BlockState & { kind: "block" } {
  const sockets = Object.entries(entry.blockcast?.inputs ?? {});
  const shadows = sockets.flatMap(([name, { shadow }]) => (shadow ? [[name, { shadow }]] : []));
  const inputs = shadows.length > 0 ? { inputs: Object.fromEntries(shadows) } : {};
  return { kind: "block", type: entry.type, ...inputs };
}

/** The entries of a category that an author can drag out. */
export function offeredOf(category: Category): Entry[] {
  return category.blocks.filter(({ type }) => !MADE.test(type) && !NOT_OFFERED.has(type));
}

/** The categories in the order of the palette. */
export function sorted(categories: readonly Category[]): Category[] {
  const place = ({ name }: Category): number => {
    const at = ORDER.indexOf(name);
    return at < 0 ? ORDER.length : at;
  };
  return [...categories].sort((a, b) => place(a) - place(b));
}

/** The toolbox. */
export function toolbox(
  categories: readonly Category[],
  colourOf: (category: Category) => string,
): Blockly.utils.toolbox.ToolboxInfo {
  const contents = sorted(categories).map((category) => {
    const name = category.label ?? category.name;
    const look = { kind: "category", name, colour: colourOf(category) };
    if (category.name === "Variables") return { ...look, custom: "VARIABLE" };
    if (category.name === "Functions") return { ...look, custom: "PROCEDURE" };
    return { ...look, contents: offeredOf(category).map(offered) };
  });
  return { kind: "categoryToolbox", contents };
}
