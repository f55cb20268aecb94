/**
 * Blocks whose types nobody defines any more: they stand on the canvas in grey and keep all that
 * they had, so that a flow is neither refused nor changed while its library is away.
 */

import * as Blockly from "blockly/core";
import type { BlockState, WorkspaceState } from "./entry";

type Kind = "value" | "statement";

/** What a type must have for the flows that were seen to be loaded and saved as they were. */
interface Shape {
  kind: Kind | undefined;
  fields: Set<string>;
  inputs: Map<string, Kind>;
}

/** Where a block stands: in an input of another, below one, or on the canvas. */
interface Seen {
  block: BlockState;
  parent?: BlockState;
  input?: string;
}

const shapes = new Map<string, Shape>();

/** Stands in for every type of this flow that isn't defined. */
export function standIn(flow: WorkspaceState): void {
  const all = blocksOf(flow).filter(({ block }) => isMissing(block.type));
  if (all.length === 0) return;
  for (const seen of all) learn(seen);
  for (const { block } of all) {
    const shape = shapes.get(block.type);
    for (const [name, { block: child, shadow }] of Object.entries(block.inputs ?? {})) {
      const one = child ?? shadow;
      if (one) shape?.inputs.set(name, kindOf(one));
    }
  }
  for (const type of new Set(all.map(({ block }) => block.type))) {
    const shape = shapes.get(type);
    if (shape) define(type, shape);
  }
}

function isMissing(type: string): boolean {
  const definition = Blockly.Blocks[type] as { isStandIn?: boolean } | undefined;
  return !definition || definition.isStandIn === true;
}

/** Every block of a flow, however deep: flows may nest without bound. */
function blocksOf(flow: WorkspaceState): Seen[] {
  const all: Seen[] = [];
  const waiting: Seen[] = (flow.blocks?.blocks ?? []).map((block) => ({ block }));
  for (let seen = waiting.pop(); seen; seen = waiting.pop()) {
    const { block } = seen;
    all.push(seen);
    for (const [input, { block: child, shadow }] of Object.entries(block.inputs ?? {})) {
      for (const one of [child, shadow]) {
        if (one) waiting.push({ block: one, parent: block, input });
      }
    }
    const below = block.next?.block ?? block.next?.shadow;
    if (below) waiting.push({ block: below, parent: block });
  }
  return all;
}

function learn({ block, parent, input }: Seen): void {
  const shape = shapes.get(block.type) ?? { kind: undefined, fields: new Set(), inputs: new Map() };
  shapes.set(block.type, shape);
  for (const name of Object.keys(block.fields ?? {})) shape.fields.add(name);
  if (block.next || (parent && input === undefined)) shape.kind = "statement";
  else if (parent && input !== undefined) shape.kind ??= socketOf(parent, input);
}

/** What an input takes; undefined when its block isn't known either. */
function socketOf(parent: BlockState, input: string): Kind | undefined {
  const type = sample(parent, (block) => block.getInput(input)?.type);
  if (type === undefined) return undefined;
  return type === Blockly.inputs.inputTypes.STATEMENT ? "statement" : "value";
}

function kindOf(state: BlockState): Kind {
  if (isMissing(state.type)) return shapes.get(state.type)?.kind ?? "value";
  return sample(state, (block) => block.outputConnection) ? "value" : "statement";
}

/** Looks at a block as it would be, without its children. */
function sample<T>(state: BlockState, look: (block: Blockly.Block) => T): T | undefined {
  if (isMissing(state.type)) return undefined;
  const scratch = new Blockly.Workspace();
  Blockly.Events.disable();
  try {
    const { type, extraState } = state;
    const block = scratch.newBlock(type);
    if (extraState !== undefined) block.loadExtraState?.(extraState);
    return look(block);
  } catch {
    return undefined;
  } finally {
    Blockly.Events.enable();
    scratch.dispose();
  }
}

/** A field that keeps whatever it was given. */
class KeptField extends Blockly.FieldLabel {
  override readonly SERIALIZABLE = true;
  #state: unknown;

  override saveState(): unknown {
    return this.#state;
  }

  override loadState(state: unknown): void {
    this.#state = state;
    this.setValue(typeof state === "string" ? state : JSON.stringify(state));
  }
}

function define(type: string, { kind, fields, inputs }: Shape): void {
  Blockly.Blocks[type] = {
    isStandIn: true,
    kept_: undefined as unknown,
    init(this: Blockly.Block) {
      const row = this.appendDummyInput().appendField(type);
      for (const name of fields) row.appendField(new KeptField(""), name);
      for (const [name, socket] of inputs) {
        if (socket === "statement") this.appendStatementInput(name).appendField(name);
        else this.appendValueInput(name).appendField(name);
      }
      if (kind === "value") {
        this.setOutput(true);
      } else {
        this.setPreviousStatement(true);
        this.setNextStatement(true);
      }
      this.setColour("#77757f");
    },
    saveExtraState(this: { kept_: unknown }) {
      return this.kept_ ?? null;
    },
    loadExtraState(this: { kept_: unknown }, state: unknown) {
      this.kept_ = state;
    },
  };
}
