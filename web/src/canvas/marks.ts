/** Shows the checker's problems on their blocks, without taking the keyboard from anybody. */

import * as Blockly from "blockly/core";
import type { Problem } from "../api/types";

/** Blockly's own warnings on a block have other names. */
const NAME = "check";

interface Mark {
  words: string;
  isError: boolean;
  block: Blockly.BlockSvg | null;
}

export class ProblemMarks {
  /** What is shown, by the block's id. */
  #shown = new Map<string, Mark>();

  constructor(private readonly workspace: Blockly.WorkspaceSvg) {}

  /** Marks the blocks of these problems and no others. */
  show(problems: readonly Problem[]): void {
    const wanted = byBlock(problems);
    const focused = this.#focused();
    Blockly.Events.disable();
    try {
      for (const id of this.#shown.keys()) {
        if (!wanted.has(id)) this.#mark(id, undefined);
      }
      for (const [id, mark] of wanted) {
        const known = this.#shown.get(id);
        mark.block = this.workspace.getBlockById(id);
        const isSame = known?.words === mark.words && known.isError === mark.isError;
        // A block that is marked anew is drawn anew; one that was loaded anew has no mark.
        if (!isSame || known.block !== mark.block) this.#mark(id, mark);
      }
    } finally {
      Blockly.Events.enable();
    }
    this.#shown = wanted;
    if (focused) void Blockly.renderManagement.finishQueuedRenders().then(() => giveBack(focused));
  }

  #mark(id: string, mark: Mark | undefined): void {
    const block = this.workspace.getBlockById(id);
    if (!block) return;
    block.setWarningText(mark?.words ?? null, NAME);
    block.removeClass("has-error");
    block.removeClass("has-warning");
    if (mark) block.addClass(mark.isError ? "has-error" : "has-warning");
  }

  /** What has the keyboard, if it is on the canvas. */
  #focused(): Blockly.IFocusableNode | undefined {
    const isHere = this.workspace.getInjectionDiv().contains(document.activeElement);
    return isHere ? (Blockly.getFocusManager().getFocusedNode() ?? undefined) : undefined;
  }
}

function byBlock(problems: readonly Problem[]): Map<string, Mark> {
  const marks = new Map<string, Mark>();
  for (const { block, message, hint, severity } of problems) {
    if (!block) continue;
    const before = marks.get(block);
    const words = hint ? `${message}\n${hint}` : message;
    marks.set(block, {
      words: before ? `${before.words}\n\n${words}` : words,
      isError: severity === "error" || (before?.isError ?? false),
      block: null,
    });
  }
  return marks;
}

/** A block that is drawn anew, or loses its sign, drops the keyboard that is on a part of it. */
function giveBack(node: Blockly.IFocusableNode): void {
  if (document.activeElement !== document.body) return;
  const owner = (node as { getSourceBlock?: () => Blockly.Block | null }).getSourceBlock?.();
  const isSign = node instanceof Blockly.icons.Icon;
  const target = isSign && owner instanceof Blockly.BlockSvg ? owner : node;
  Blockly.getFocusManager().focusNode(target);
}
