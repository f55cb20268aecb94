/** Keeps the keyboard where it is while Blockly moves elements. */

import * as Blockly from "blockly/core";

/**
 * A block or socket that gets the keyboard comes to the front in the next frame: Blockly moves what
 * lies above it below it. If the keyboard has gone on by then to something that is moved, the
 * browser takes it away, and the arrow keys do nothing any more. Here it is given back.
 */
export function keepFocus(): void {
  const block = Blockly.BlockSvg.prototype;
  const bring = block.moveSvgRootToFront;
  block.moveSvgRootToFront = function (this: Blockly.BlockSvg, blockOnly?: boolean): void {
    giveBack(() => bring.call(this, blockOnly));
  };
  const connection = Blockly.RenderedConnection.prototype;
  const highlight = connection.highlight;
  connection.highlight = function (this: Blockly.RenderedConnection): void {
    giveBack(() => highlight.call(this));
  };
}

/** Asks for a move in the next frame; what had the keyboard before it has it after it. */
function giveBack(askForMove: () => void): void {
  const focus = Blockly.getFocusManager();
  let before: Blockly.IFocusableNode | null = null;
  // Frames are called in the order in which they were asked for: Blockly's comes between.
  requestAnimationFrame(() => {
    before = focus.getFocusedNode();
  });
  askForMove();
  requestAnimationFrame(() => {
    const isLost = document.activeElement === document.body;
    if (before && isLost && !focus.getFocusedNode()) focus.focusNode(before);
  });
}
