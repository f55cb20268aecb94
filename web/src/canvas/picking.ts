/**
 * Sockets whose value can be chosen from what the server has: a small picture beside them opens a
 * list. What is chosen becomes ordinary blocks, so that anything else may be put there, too.
 */

import * as Blockly from "blockly/core";

/** What is to be chosen, and what takes it. */
export interface Picking {
  what: "devices" | "template";
  /** What is chosen now. */
  chosen: string[];
  keep: (chosen: string[]) => void;
}

/** Which sockets there are to choose for. */
const SOCKETS: Record<string, Picking["what"]> = { DEVICE_IDS: "devices", TEMPLATE: "template" };

const ICON =
  "data:image/svg+xml;utf8," +
  encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" fill="none" stroke="#fff" ` +
      `stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round">` +
      `<path d="M3 6h9M3 12h6M3 18h6M16.5 19a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM20 18l2.5 2.5"/></svg>`,
  );
const ICON_SIZE = 18;

let openPicker: (picking: Picking) => void = () => {};

/** Says who opens the list; the page that holds the canvas does. */
export function onPick(open: (picking: Picking) => void): void {
  openPicker = open;
}

/** A picture that says what it does, and is no word of its block. */
class PickImage extends Blockly.FieldImage {
  protected override getText_(): string {
    return "";
  }
}

/** Puts the picture that opens the list beside the sockets of a fresh block. */
export function addPickers(block: Blockly.Block): void {
  for (const [socket, what] of Object.entries(SOCKETS)) {
    const input = block.getInput(socket);
    if (!input || !block.type.startsWith("messaging_")) continue;
    const words = Blockly.Msg[`BLOCKCAST_PICK_${what.toUpperCase()}`] ?? what;
    const open = (): void => pick(block, socket, what);
    const image = new PickImage(ICON, ICON_SIZE, ICON_SIZE, words, open);
    image.setTooltip(words);
    input.appendField(image);
  }
}

function pick(block: Blockly.Block, socket: string, what: Picking["what"]): void {
  if (block.isInFlyout || !block.isEditable()) return;
  const chosen = textsIn(block.getInputTargetBlock(socket)) ?? [];
  openPicker({
    what,
    chosen,
    keep: (texts) => {
      if (block.isDisposed()) return;
      Blockly.Events.setGroup(true);
      try {
        if (what === "template") putText(block, socket, texts[0] ?? "");
        else putList(block, socket, texts);
      } finally {
        Blockly.Events.setGroup(false);
      }
    },
  });
}

/** The texts of a list that is written out; undefined when it is anything else. */
export function textsIn(value: Blockly.Block | null): string[] | undefined {
  if (value?.type === "text") return [String(value.getFieldValue("TEXT") ?? "")];
  if (value?.type !== "lists_create_with") return undefined;
  const items = value.inputList.filter(({ connection }) => connection !== null);
  const inner = items.map(({ connection }) => connection?.targetBlock() ?? null);
  const there = inner.filter((one) => one !== null);
  if (there.some(({ type }) => type !== "text")) return undefined;
  return there.map((one) => String(one.getFieldValue("TEXT") ?? "")).filter(Boolean);
}

function putText(block: Blockly.Block, socket: string, text: string): void {
  const there = block.getInputTargetBlock(socket);
  if (there?.type === "text") there.setFieldValue(text, "TEXT");
  else plug(block, socket, { type: "text", fields: { TEXT: text } });
}

function putList(block: Blockly.Block, socket: string, texts: readonly string[]): void {
  const there = block.getInputTargetBlock(socket);
  // What isn't a written list stays on the canvas, beside the block.
  if (there && textsIn(there)) there.dispose(false);
  if (texts.length === 0) return;
  const items = texts.map((text, n) => [
    `ADD${n}`,
    { block: { type: "text", fields: { TEXT: text } } },
  ]);
  const extraState = { itemCount: texts.length };
  plug(block, socket, {
    type: "lists_create_with",
    extraState,
    inputs: Object.fromEntries(items) as Record<
      string,
      Blockly.serialization.blocks.ConnectionState
    >,
  });
}

function plug(
  block: Blockly.Block,
  socket: string,
  state: Blockly.serialization.blocks.State,
): void {
  const value = Blockly.serialization.blocks.append(state, block.workspace, { recordUndo: true });
  const connection = block.getInput(socket)?.connection;
  if (value.outputConnection) connection?.connect(value.outputConnection);
}
