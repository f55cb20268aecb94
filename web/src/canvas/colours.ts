/** The colours of blocks by category. Known without Blockly, for pages that only sketch a flow. */

/** Each white-on-colour pair has a contrast of 4.5 at least. */
export const COLOURS: Record<string, string> = {
  trigger: "#8f5a00",
  messaging: "#c2255c",
  logic: "#2f6fb3",
  loop: "#2b7a3e",
  math: "#4654c0",
  text: "#0b7566",
  list: "#7044b5",
  object: "#a3501c",
  colour: "#8a5a2b",
  variable: "#b0368a",
  procedure: "#8b3fb0",
  time: "#1b6d8c",
  script: "#5b55b8",
  hat: "#8f5a00",
};

/** What block types of a style begin with. */
const PREFIXES: [string, string][] = [
  ["trigger_", "trigger"],
  ["messaging_", "messaging"],
  ["logic_", "logic"],
  ["controls_if", "logic"],
  ["controls_", "loop"],
  ["math_", "math"],
  ["text", "text"],
  ["lists_", "list"],
  ["objects_", "object"],
  ["colour_", "colour"],
  ["variables_", "variable"],
  ["procedures_", "procedure"],
  ["time_", "time"],
  ["script_", "script"],
];

/** The colour of a block type. */
export function colourOfType(type: string): string {
  const style = PREFIXES.find(([prefix]) => type.startsWith(prefix))?.[1];
  return COLOURS[style ?? ""] ?? "#6b6880";
}
