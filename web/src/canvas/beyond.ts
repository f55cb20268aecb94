/**
 * Long flows at the pace of short ones: blocks far beyond the edge of the canvas are there, but the
 * browser doesn't draw them. Blockly computes where blocks are by itself, so nothing else notices.
 * What has the keyboard is always drawn.
 */

import * as Blockly from "blockly/core";

/** Flows of fewer blocks are drawn whole. */
const LONG = 200;
/** Heights of the view that are drawn above and below it, and after how much of one to look anew. */
const MARGIN = 1;
const STRIDE = 0.5;
/**
 * On each part that isn't drawn; blocks are inside of those above them, so hiding one whole hides or
 * shows all of a stack, which takes the browser long.
 */
const HIDDEN = "beyond";

/** A part of the workspace from top to bottom, in its units. */
interface Span {
  top: number;
  bottom: number;
}

export class Beyond {
  #hidden = new Set<Element>();
  #isLong = false;
  /** The view that was looked at last. */
  #seen = { top: Number.NaN, height: 0 };
  #frame = 0;

  constructor(private readonly workspace: Blockly.WorkspaceSvg) {
    const translate = workspace.translate.bind(workspace);
    workspace.translate = (x, y) => {
      translate(x, y);
      if (this.#isLong && this.#hasMoved()) this.#look();
    };
    workspace.addChangeListener((event) => {
      if (event.isUiEvent && event.type !== Blockly.Events.VIEWPORT_CHANGE) return;
      cancelAnimationFrame(this.#frame);
      this.#frame = requestAnimationFrame(() => {
        if (!event.isUiEvent) this.update();
        else if (this.#isLong && this.#hasMoved()) this.#look();
      });
    });
  }

  dispose(): void {
    cancelAnimationFrame(this.#frame);
  }

  /** Looks what is to be drawn of the blocks that there are now. */
  update(): void {
    this.#isLong = this.workspace.getAllBlocks(false).length >= LONG;
    this.#look();
  }

  #view(): { top: number; height: number } {
    return this.workspace.getMetricsManager().getViewMetrics(true);
  }

  #hasMoved(): boolean {
    const { top, height } = this.#view();
    const { top: topBefore, height: heightBefore } = this.#seen;
    return !(height <= heightBefore && Math.abs(top - topBefore) <= STRIDE * height);
  }

  #look(): void {
    const { top, height } = this.#view();
    this.#seen = { top, height };
    const drawn = { top: top - MARGIN * height, bottom: top + (1 + MARGIN) * height };
    const now = new Set<Element>();
    if (this.#isLong) {
      for (const block of this.workspace.getTopBlocks(false)) sort(block, drawn, now);
    }
    for (const part of this.#hidden) if (!now.has(part)) part.classList.remove(HIDDEN);
    for (const part of now) if (!this.#hidden.has(part)) part.classList.add(HIDDEN);
    this.#hidden = now;
  }
}

/** Sorts out what of a stack, and of those inside its blocks, isn't to be drawn. */
function sort(first: Blockly.BlockSvg, drawn: Span, hidden: Set<Element>): void {
  const waiting: (Blockly.BlockSvg | null)[] = [first];
  while (waiting.length > 0) {
    const block = waiting.pop();
    if (!block) continue;
    const isBelow = topOf(block) > drawn.bottom;
    const isAbove = (block.nextConnection?.y ?? Number.POSITIVE_INFINITY) < drawn.top;
    const isBeyond = (isBelow || isAbove) && !ownHasKeyboard(block);
    const statements = new Set<Element>();
    for (const inner of block.getChildren(false)) {
      if (!inner.previousConnection) continue;
      statements.add(inner.getSvgRoot());
      waiting.push(inner);
    }
    if (!isBeyond) continue;
    for (const part of block.getSvgRoot().children) if (!statements.has(part)) hidden.add(part);
  }
}

function topOf(block: Blockly.BlockSvg): number {
  return block.previousConnection?.y ?? block.getRelativeToSurfaceXY().y;
}

/** Whether the keyboard is on a block or inside of it, and not below it. */
function ownHasKeyboard(block: Blockly.BlockSvg): boolean {
  const at = document.activeElement;
  if (!block.getSvgRoot().contains(at)) return false;
  return !block.getNextBlock()?.getSvgRoot().contains(at);
}
