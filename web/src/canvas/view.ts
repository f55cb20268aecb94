/** Which part of the workspace is seen, and how large. */

import type * as Blockly from "blockly/core";

/** Below this blocks can't be read. */
const READABLE_SCALE = 0.6;
/** Pixels between the canvas's edge and a flow that doesn't fit. */
const MARGIN = 28;

/** Shows the whole flow. */
export function fit(workspace: Blockly.WorkspaceSvg): void {
  workspace.zoomToFit();
  // Small flows needn't be huge.
  if (workspace.scale > 0.9) {
    workspace.setScale(0.8);
    workspace.scrollCenter();
  }
}

/** Shows all of a small flow; of a large one where it begins, at a size that can be read. */
export function goToBeginning(workspace: Blockly.WorkspaceSvg): void {
  fit(workspace);
  if (workspace.scale >= READABLE_SCALE) return;
  workspace.setScale(READABLE_SCALE);
  const { left, top } = workspace.getBlocksBoundingBox();
  workspace.scroll(MARGIN - left * READABLE_SCALE, MARGIN - top * READABLE_SCALE);
}
