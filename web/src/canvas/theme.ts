/** The canvas in light and dark: the colours of blocks by category, and of all around them. */

import * as Blockly from "blockly/core";
import { COLOURS } from "./colours";
import type { Category } from "./entry";

/** The style of each of the bundled categories; other categories bring their own colour. */
const CATEGORY_STYLES: Record<string, string> = {
  Triggers: "trigger",
  Messaging: "messaging",
  Logic: "logic",
  Loops: "loop",
  Math: "math",
  Text: "text",
  Lists: "list",
  Objects: "object",
  Colour: "colour",
  Variables: "variable",
  Functions: "procedure",
  Time: "time",
  Script: "script",
};

/** The colour a category has in palette and canvas. */
export function colourOf(category: Category): string {
  return COLOURS[CATEGORY_STYLES[category.name] ?? ""] ?? category.colour;
}

/** The name of a category's block style; Blockly's own blocks use these names, too. */
export function styleOf(category: Category): string | undefined {
  const style = CATEGORY_STYLES[category.name];
  return style && `${style}_blocks`;
}

const { blend } = Blockly.utils.colour;

/** A block's colour, its shadows' (a little lighter) and its edges' (darker). */
function shades(colour: string): Blockly.Theme.BlockStyle {
  return {
    colourPrimary: colour,
    colourSecondary: blend("#ffffff", colour, 0.2) ?? colour,
    colourTertiary: blend("#000000", colour, 0.28) ?? colour,
    hat: "",
  };
}

const blockStyles = Object.fromEntries(
  Object.entries(COLOURS).map(([name, colour]) => [`${name}_blocks`, shades(colour)]),
);

const fontStyle = {
  family: 'Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  weight: "600",
  size: 11,
};

function theme(name: string, componentStyles: Blockly.Theme.ComponentStyle): Blockly.Theme {
  return Blockly.Theme.defineTheme(name, {
    name,
    base: Blockly.Themes.Zelos,
    blockStyles,
    categoryStyles: {},
    componentStyles,
    fontStyle,
    startHats: true,
  });
}

export const light = theme("blockcast-light", {
  workspaceBackgroundColour: "#fafafd",
  toolboxBackgroundColour: "#ffffff",
  toolboxForegroundColour: "#1c1b22",
  flyoutBackgroundColour: "#f0eff7",
  flyoutForegroundColour: "#1c1b22",
  flyoutOpacity: 1,
  scrollbarColour: "#b9b7c9",
  scrollbarOpacity: 0.55,
  insertionMarkerColour: "#5442d6",
  insertionMarkerOpacity: 0.35,
});

export const dark = theme("blockcast-dark", {
  workspaceBackgroundColour: "#15151b",
  toolboxBackgroundColour: "#1c1c24",
  toolboxForegroundColour: "#ececf2",
  flyoutBackgroundColour: "#22222c",
  flyoutForegroundColour: "#ececf2",
  flyoutOpacity: 1,
  scrollbarColour: "#5c5a6b",
  scrollbarOpacity: 0.6,
  insertionMarkerColour: "#a99dff",
  insertionMarkerOpacity: 0.4,
});
