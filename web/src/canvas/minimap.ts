/** The whole flow drawn small in a corner, with the part that is seen; a drag goes elsewhere. */

import * as Blockly from "blockly/core";

const WIDTH = 190;
const HEIGHT = 130;
const MARGIN = 8;

interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** A block as it is drawn here. */
interface Spot extends Box {
  colour: string;
}

export class Minimap {
  readonly #canvas: HTMLCanvasElement;
  readonly #listener = ({ isUiEvent, type }: Blockly.Events.Abstract): void => {
    // A scroll moves no block; to ask a thousand where they are takes longer than a frame.
    if (!isUiEvent || type === Blockly.Events.THEME_CHANGE) this.#spots = undefined;
    this.#later();
  };
  #spots: readonly Spot[] | undefined;
  #frame = 0;
  /** What of the workspace is drawn, and how small. */
  #box: Box = { left: 0, top: 0, width: 1, height: 1 };
  #scale = 1;

  constructor(private readonly workspace: Blockly.WorkspaceSvg) {
    const canvas = document.createElement("canvas");
    canvas.className = "minimap";
    canvas.width = WIDTH * devicePixelRatio;
    canvas.height = HEIGHT * devicePixelRatio;
    // The canvas itself says the same in words to those who hear it.
    canvas.setAttribute("aria-hidden", "true");
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.#goTo(event);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.buttons === 1) this.#goTo(event);
    });
    workspace.getInjectionDiv().append(canvas);
    this.#canvas = canvas;
    workspace.addChangeListener(this.#listener);
    this.#later();
  }

  dispose(): void {
    cancelAnimationFrame(this.#frame);
    this.workspace.removeChangeListener(this.#listener);
    this.#canvas.remove();
  }

  #later(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    const context = this.#canvas.getContext("2d");
    if (!context) return;
    const content = this.workspace.getBlocksBoundingBox();
    const view = this.workspace.getMetricsManager().getViewMetrics(true);
    const left = Math.min(content.left, view.left);
    const top = Math.min(content.top, view.top);
    const right = Math.max(content.right, view.left + view.width);
    const bottom = Math.max(content.bottom, view.top + view.height);
    this.#box = { left, top, width: right - left, height: bottom - top };
    const room = { width: WIDTH - 2 * MARGIN, height: HEIGHT - 2 * MARGIN };
    this.#scale = Math.min(room.width / this.#box.width, room.height / this.#box.height);
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, WIDTH, HEIGHT);
    this.#spots ??= this.workspace.getAllBlocks(false).filter(isOwn).map(spotOf);
    for (const { colour, ...box } of this.#spots) {
      context.fillStyle = colour;
      context.fillRect(...this.#placed(box.left, box.top, box.width, box.height));
    }
    context.strokeStyle = getComputedStyle(this.#canvas).color;
    context.lineWidth = 1.5;
    context.strokeRect(...this.#placed(view.left, view.top, view.width, view.height));
  }

  #placed(x: number, y: number, width: number, height: number): [number, number, number, number] {
    const { left, top } = this.#box;
    return [
      MARGIN + (x - left) * this.#scale,
      MARGIN + (y - top) * this.#scale,
      Math.max(1, width * this.#scale),
      Math.max(1, height * this.#scale),
    ];
  }

  /** Brings the place under the pointer to the middle. */
  #goTo(event: PointerEvent): void {
    const x = (event.offsetX - MARGIN) / this.#scale + this.#box.left;
    const y = (event.offsetY - MARGIN) / this.#scale + this.#box.top;
    const view = this.workspace.getMetricsManager().getViewMetrics(true);
    const { scale } = this.workspace;
    this.workspace.scroll(-(x - view.width / 2) * scale, -(y - view.height / 2) * scale);
    this.#later();
  }
}

function isOwn(block: Blockly.BlockSvg): boolean {
  return !block.isShadow();
}

function spotOf(block: Blockly.BlockSvg): Spot {
  const box = block.getBoundingRectangleWithoutChildren();
  const { left, top } = box;
  return { left, top, width: box.getWidth(), height: box.getHeight(), colour: block.getColour() };
}
