/** Keeps the keyboard where it is while Blockly moves elements. */

import * as Blockly from "blockly/core";

/**
 * A block or socket that gets the keyboard comes to the front in the next frame: Blockly moves what
 * lies above it below it. If the keyboard has gone on by then to something that is moved, the
 * browser takes it away, and the arrow keys do nothing any more. Here it is given back.
 */
export function keepFocus(): void {
  const block = Blockly.BlockSvg.prototype;
  const move = block.moveSvgRootToFront;
  block.moveSvgRootToFront = function (this: Blockly.BlockSvg, blockOnly?: boolean): void {
    const focus = Blockly.getFocusManager();
    let before: Blockly.IFocusableNode | null = null;
    // Frames are called in the order in which they were asked for: Blockly's comes between.
    requestAnimationFrame(() => {
      before = focus.getFocusedNode();
    });
    move.call(this, blockOnly);
    requestAnimationFrame(() => {
      const isLost = document.activeElement === document.body;
      if (before && isLost && !focus.getFocusedNode()) focus.focusNode(before);
    });
  };
}
