/** What those hear who can't see where on a block the keyboard is: the words before the socket. */

import * as Blockly from "blockly/core";

/**
 * Names the text that is typed into, and describes the block or field that has the focus, by the
 * socket it is in: Blockly tells of a text in a socket only what it says. Gives a function that
 * ends this.
 */
export function describeFocus(workspace: Blockly.WorkspaceSvg): () => void {
  const onfocusin = ({ target }: FocusEvent): void => {
    if (!(target instanceof Element)) return;
    const isInput = target.classList.contains("blocklyHtmlInput");
    // The manager learns of the focus later; an input belongs to the field that has it already.
    const node = isInput
      ? Blockly.getFocusManager().getFocusedNode()
      : workspace.lookUpFocusableNode(target.id);
    const block = node instanceof Blockly.Field ? node.getSourceBlock() : node;
    if (!(block instanceof Blockly.BlockSvg) || block.workspace !== workspace) return;
    const socket = wordsBefore(block);
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

/** The words in front of the socket that a value is in; empty for what is in none. */
function wordsBefore(block: Blockly.BlockSvg): string {
  const row = block.outputConnection?.targetConnection?.getParentInput()?.fieldRow ?? [];
  return row
    .filter((field) => !(field instanceof Blockly.FieldImage))
    .map((field) => field.getText())
    .join(" ")
    .trim();
}
