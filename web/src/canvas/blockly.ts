/**
 * The one door to Blockly: the core, its blocks and the plugins that change them. Large: import it
 * only from modules that the editor loads when it is opened.
 */

import * as Blockly from "blockly/core";
import "blockly/blocks";
import "@blockly/block-plus-minus";
import { installAllBlocks } from "@blockly/field-colour";
import { quicken } from "./pace";
import { keepFocus } from "./focus";
import { adoptCss, freeBubbles } from "./styles";
import { registerRenderer } from "./renderer";
import { registerCodeField } from "./code_field";
import { registerChecker } from "./connections";

installAllBlocks({
  javascript: undefined,
  dart: undefined,
  lua: undefined,
  php: undefined,
  python: undefined,
} as never);
quicken();
keepFocus();
registerRenderer();
registerCodeField();
registerChecker();
adoptCss();
freeBubbles();

export { Blockly };
