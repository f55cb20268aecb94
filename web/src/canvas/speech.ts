/** What those hear who can't see where on a block the keyboard is: the words before the socket. */

import * as Blockly from "blockly/core";

/** Names the palette in the author's language. */
export function namePalette(workspace: Blockly.WorkspaceSvg): void {
  const palette = workspace.getInjectionDiv().querySelector('[role="tree"]');
  palette?.setAttribute("aria-label", Blockly.Msg["BLOCKCAST_PALETTE"] ?? "Blocks");
}

/**
 * Names the text that is typed into, and describes the block or field that has the focus, by the
 * words before it or before the socket it is in: Blockly tells of a text in a socket only what it
 * says, and of a tick only that it is one. Names the palette, too. Gives a function that ends this.
 */
export function describeFocus(workspace: Blockly.WorkspaceSvg): () => void {
  namePalette(workspace);
  const onfocusin = ({ target }: FocusEvent): void => {
    if (!(target instanceof Element)) return;
    const isInput = target.classList.contains("blocklyHtmlInput");
    // The manager learns of the focus later; an input belongs to the field that has it already.
    const node = isInput
      ? Blockly.getFocusManager().getFocusedNode()
      : workspace.lookUpFocusableNode(target.id);
    const block = node instanceof Blockly.Field ? node.getSourceBlock() : node;
    if (!(block instanceof Blockly.BlockSvg) || block.workspace !== workspace) return;
    const own = node instanceof Blockly.Field ? wordsInRow(node) : "";
    const socket = own || wordsBefore(block);
    if (isInput) {
      target.setAttribute("aria-label", socket || block.toString());
    } else if (socket) {
      target.setAttribute("aria-description", socket);
    } else {
      target.removeAttribute("aria-description");
    }
  };
  document.addEventListener("focusin", onfocusin);
  return () => document.removeEventListener("focusin", onfocusin);
}

/** The words in front of a field on its own block. */
function wordsInRow(field: Blockly.Field): string {
  const row = field.getParentInput()?.fieldRow ?? [];
  return textOf(
    row.slice(0, row.indexOf(field)).filter((one) => one instanceof Blockly.FieldLabel),
  );
}

/** The words in front of the socket that a value is in; empty for what is in none. */
function wordsBefore(block: Blockly.BlockSvg): string {
  const row = block.outputConnection?.targetConnection?.getParentInput()?.fieldRow ?? [];
  return textOf(row.filter((field) => !(field instanceof Blockly.FieldImage)));
}

function textOf(fields: readonly Blockly.Field[]): string {
  return fields
    .map((field) => field.getText())
    .join(" ")
    .trim();
}
