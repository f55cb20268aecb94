/** Shows on the canvas which block is executing, and what it took and did, like a debugger. */

import * as Blockly from "blockly/core";
import type { Step } from "../api/types";
import { type Said, wordsOf } from "./step_words";

/** What is shown beside a block. */
export interface Moment {
  step: Step;
  isError: boolean;
}

/** Characters of a value that the card has room for. */
const VALUE_MAX = 44;
/** Workspace units. */
const LINE = 19;
const PADDING = 9;
const GAP = 12;

export class Executing {
  #block: Blockly.BlockSvg | undefined;
  #card: SVGGElement | undefined;
  #shown: Moment | undefined;

  constructor(private readonly workspace: Blockly.WorkspaceSvg) {}

  /** Marks this block and no other; undefined clears. The block is brought into view. */
  show(moment: Moment | undefined): void {
    this.#block?.removeClass("executing");
    this.#block?.removeClass("failed");
    this.#card?.remove();
    this.#block = undefined;
    this.#shown = moment;
    const block = moment && this.workspace.getBlockById(moment.step.block);
    if (!moment || !block) return;
    this.#block = block;
    block.addClass(moment.isError ? "failed" : "executing");
    this.#reveal(block);
    this.#draw(block, moment);
  }

  /** The canvas has another size: what is beside the block goes where there is room now. */
  resized(): void {
    if (this.#shown) this.show(this.#shown);
  }

  #draw(block: Blockly.BlockSvg, moment: Moment): void {
    const lines = wordsOf(block, moment.step).map(line);
    if (lines.length === 0) return;
    const card = svg("g", { class: "moment" });
    const back = svg("rect", { rx: "8" });
    card.append(back);
    lines.forEach((line, n) => {
      const text = svg("text", { x: String(PADDING), y: String(PADDING + LINE * n + 13) });
      text.textContent = line;
      card.append(text);
    });
    this.workspace.getBubbleCanvas().append(card);
    this.#card = card;
    const texts = [...card.querySelectorAll("text")];
    const width = Math.max(...texts.map((text) => text.getComputedTextLength()));
    back.setAttribute("width", String(width + 2 * PADDING));
    back.setAttribute("height", String(LINE * lines.length + PADDING + 6));
    // Readable however small the blocks are.
    const zoom = Math.max(1, 0.95 / this.workspace.scale);
    const size = {
      width: (width + 2 * PADDING) * zoom,
      height: (LINE * lines.length + PADDING + 6) * zoom,
    };
    const { x, y } = this.#placeFor(block, size);
    card.setAttribute("transform", `translate(${x},${y}) scale(${zoom})`);
  }

  /** Right of the block; where there is no room in view, below it. */
  #placeFor(
    block: Blockly.BlockSvg,
    card: { width: number; height: number },
  ): { x: number; y: number } {
    const view = this.workspace.getMetricsManager().getViewMetrics(true);
    const { x, y } = block.getRelativeToSurfaceXY();
    const right = x + rowWidth(block) + GAP;
    if (right + card.width <= view.left + view.width) return { x: right, y };
    const below = y + block.getHeightWidth().height + GAP;
    const bottom = view.top + view.height - card.height - GAP;
    return { x: Math.max(x, view.left + GAP), y: Math.min(below, Math.max(bottom, y)) };
  }

  #reveal(block: Blockly.BlockSvg): void {
    const view = this.workspace.getMetricsManager().getViewMetrics(true);
    const { x, y } = block.getRelativeToSurfaceXY();
    const isInside =
      x >= view.left &&
      x <= view.left + view.width - 60 &&
      y >= view.top &&
      y <= view.top + view.height - 60;
    if (!isInside) this.workspace.centerOnBlock(block.id, true);
  }
}

/** A value as a line of the card. */
function line({ name, value, what }: Said): string {
  if (what === "gives") return `→ ${cut(value)}`;
  return what === "sets" ? `${name} = ${cut(value)}` : `${name}: ${cut(value)}`;
}

function rowWidth(block: Blockly.BlockSvg): number {
  const own = block.getBoundingRectangleWithoutChildren();
  return Math.max(own.right - own.left, block.getHeightWidth().width);
}

function cut(value: string): string {
  return value.length > VALUE_MAX ? `${value.slice(0, VALUE_MAX - 1)}…` : value;
}

function svg(name: string, attributes: Record<string, string>): SVGElement & SVGTextElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element as SVGElement & SVGTextElement;
}
