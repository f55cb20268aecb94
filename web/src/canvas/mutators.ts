/**
 * How the blocks that Blockly doesn't have change their shape: *return result* turns a statement
 * into a value and back, plus and minus add and remove items and pairs. Each change is one step of
 * undo, and inputs that stay keep what is in them.
 */

import * as Blockly from "blockly/core";
import type { Entry, Mutation } from "./entry";

const icon = (path: string): string =>
  "data:image/svg+xml;utf8," +
  encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" fill="none" stroke="#fff" ` +
      `stroke-width="3" stroke-linecap="round"><path d="${path}"/></svg>`,
  );
const PLUS = icon("M12 5v14M5 12h14");
const MINUS = icon("M5 12h14");
const ICON_SIZE = 15;

type State = Record<string, unknown>;

/** A block whose shape is in its extra state. */
interface Shaped extends Blockly.BlockSvg {
  saveExtraState(): State | null;
  loadExtraState(state: State): void;
}

/** Changes a block's extra state as a person's act that can be undone. */
function change(block: Shaped, state: State): void {
  if (block.isInFlyout) return;
  const groupBefore = Blockly.Events.getGroup();
  if (!groupBefore) Blockly.Events.setGroup(true);
  const before = JSON.stringify(block.saveExtraState() ?? {});
  block.loadExtraState(state);
  const after = JSON.stringify(block.saveExtraState() ?? {});
  if (before !== after) {
    Blockly.Events.fire(new Blockly.Events.BlockChange(block, "mutation", null, before, after));
  }
  Blockly.Events.setGroup(groupBefore);
}

/** A tick that is part of the shape: it is saved as extra state and not as a field. */
class ShapeCheckbox extends Blockly.FieldCheckbox {
  override isSerializable(): boolean {
    return false;
  }

  protected override showEditor_(): void {
    const block = this.getSourceBlock() as Shaped | null;
    if (block) change(block, { returnResult: !this.getValueBoolean() });
  }
}

/** The tick *return result* of a block that publishes; the value it gives is `output`. */
function returnResult(output: string | null): object {
  return {
    isValue_: false,
    saveExtraState(this: Shaped & { isValue_: boolean }) {
      return this.isValue_ ? { returnResult: true } : null;
    },
    loadExtraState(this: Shaped & { isValue_: boolean }, state: State) {
      const isValue = state["returnResult"] === true;
      if (isValue === this.isValue_) return;
      this.isValue_ = isValue;
      if (isValue) {
        if (this.previousConnection?.isConnected() || this.nextConnection?.isConnected()) {
          this.unplug(true);
        }
        this.setPreviousStatement(false);
        this.setNextStatement(false);
        this.setOutput(true, output);
      } else {
        if (this.outputConnection?.isConnected()) this.unplug(false);
        this.setOutput(false);
        this.setPreviousStatement(true);
        this.setNextStatement(true);
      }
      Blockly.Events.disable();
      try {
        this.getField("RETURN_RESULT")?.setValue(isValue);
      } finally {
        Blockly.Events.enable();
      }
    },
  };
}

function addReturnResult(this: Blockly.Block): void {
  this.appendDummyInput("RETURN_RESULT_ROW")
    .appendField(Blockly.Msg["BLOCKCAST_RETURN_RESULT"] ?? "return result")
    .appendField(new ShapeCheckbox(false), "RETURN_RESULT");
}

/** Blocks with a number of like parts: `addPart` and `removePart` deal with the last one. */
function counted(
  count: number,
  least: number,
  addPart: (block: Blockly.Block, n: number) => void,
  removePart: (block: Blockly.Block, n: number) => void,
): object {
  return {
    itemCount_: count,
    saveExtraState(this: Shaped & { itemCount_: number }) {
      return this.itemCount_ === count ? null : { itemCount: this.itemCount_ };
    },
    loadExtraState(this: Shaped & { itemCount_: number }, state: State) {
      const wanted = Math.max(least, Number(state["itemCount"] ?? count) || 0);
      while (this.itemCount_ < wanted) addPart(this, this.itemCount_++);
      while (this.itemCount_ > wanted) removePart(this, --this.itemCount_);
    },
  };
}

function addButtons(least: number): (this: Blockly.Block) => void {
  return function (this: Blockly.Block): void {
    const block = this as unknown as Shaped & { itemCount_: number };
    const by = (delta: number) => (): void =>
      change(block, { itemCount: Math.max(least, block.itemCount_ + delta) });
    const add = Blockly.Msg["ARIA_LABEL_ADD_LIST_ITEM"] ?? "add";
    const remove = Blockly.Msg["ARIA_LABEL_REMOVE_LIST_ITEM"] ?? "remove";
    const first = this.inputList[0];
    first?.insertFieldAt(0, new Blockly.FieldImage(PLUS, ICON_SIZE, ICON_SIZE, add, by(1)), "PLUS");
    first?.insertFieldAt(
      1,
      new Blockly.FieldImage(MINUS, ICON_SIZE, ICON_SIZE, remove, by(-1)),
      "MINUS",
    );
  };
}

const itemsOf = (input: string, count: number): object =>
  counted(
    count,
    1,
    (block, n) => block.appendValueInput(`${input}${n}`),
    (block, n) => block.removeInput(`${input}${n}`),
  );

/** What a new pair is called, by the block's type, in the author's language. */
const newKeys = new Map<string, string>();

/** What the definition has in the field of the first pair. */
function newKey(entry: Entry): string {
  const fields = (entry["args0"] ?? []) as { name?: string; text?: string }[];
  return fields.find(({ name }) => name === "KEY0")?.text ?? "";
}

const pairsOf = (count: number): object =>
  counted(
    count,
    0,
    (block, n) =>
      block
        .appendValueInput(`VALUE${n}`)
        .appendField(new Blockly.FieldTextInput(newKeys.get(block.type) ?? ""), `KEY${n}`)
        .appendField("="),
    (block, n) => block.removeInput(`VALUE${n}`),
  );

/** Registers the mutator for a block type; undefined when Blockly's own block has its own. */
export function registerMutator(entry: Entry, mutation: Mutation): string | undefined {
  const name = `blockcast_${entry.type}`;
  if (mutation.kind === "pairs") newKeys.set(entry.type, newKey(entry));
  if (Blockly.Extensions.isRegistered(name)) return name;
  switch (mutation.kind) {
    case "returnResult":
      Blockly.Extensions.registerMutator(name, returnResult("Object"), addReturnResult);
      return name;
    case "items": {
      const mixin = itemsOf(mutation.input, mutation.count);
      Blockly.Extensions.registerMutator(name, mixin, addButtons(1));
      return name;
    }
    case "pairs":
      Blockly.Extensions.registerMutator(name, pairsOf(mutation.count), addButtons(0));
      return name;
    default:
      return undefined;
  }
}
