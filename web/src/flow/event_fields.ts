/** Which entries of the event's data a flow reads, so that a form can ask for them. */

import type { BlockState, WorkspaceState } from "../canvas/entry";

/** At most this many fields make a form. */
const FIELDS_MAX = 12;

/** The names that the flow gets out of its event's data, in the order in which they stand there. */
export function eventFields(workspace: WorkspaceState): string[] {
  const names = new Set<string>();
  const waiting: BlockState[] = [...(workspace.blocks?.blocks ?? [])].reverse();
  for (let block = waiting.pop(); block; block = waiting.pop()) {
    const name = readName(block);
    if (name) names.add(name);
    if (names.size >= FIELDS_MAX) break;
    if (block.next?.block) waiting.push(block.next.block);
    const inputs = Object.values(block.inputs ?? {}).flatMap(
      (socket) => socket.block ?? socket.shadow ?? [],
    );
    waiting.push(...inputs.reverse());
  }
  return [...names];
}

/** The literal name that this block gets out of the event's data. */
function readName(block: BlockState): string | undefined {
  const [source, key] =
    block.type === "objects_get"
      ? ["OBJECT", "KEY"]
      : block.type === "objects_get_path"
        ? ["OBJECT", "PATH"]
        : [];
  if (!source || !key || block.inputs?.[source]?.block?.type !== "trigger_data") return undefined;
  const socket = block.inputs[key];
  const literal = socket?.block ?? socket?.shadow;
  const text = literal?.type === "text" ? literal.fields?.["TEXT"] : undefined;
  return typeof text === "string" && text ? text.split(".")[0] : undefined;
}

/** What was typed as a value: JSON where it reads as such, else text. */
export function typedValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A value as the form shows it. */
export function shownValue(value: unknown): string {
  if (value === undefined) return "";
  // A text that would be read as something else needs its quotes.
  if (typeof value === "string" && typedValue(value) === value) return value;
  return JSON.stringify(value);
}
