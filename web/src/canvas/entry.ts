/** The blocks as the server describes them: Blockly's JSON definitions with a `blockcast` part. */

/** A block as it lies in a flyout or a socket: Blockly's own JSON. */
export interface BlockState {
  type: string;
  id?: string;
  x?: number;
  y?: number;
  fields?: Record<string, unknown>;
  inputs?: Record<string, { block?: BlockState; shadow?: BlockState }>;
  next?: { block?: BlockState; shadow?: BlockState };
  extraState?: unknown;
  collapsed?: boolean;
  disabledReasons?: string[];
  icons?: Record<string, unknown>;
  [other: string]: unknown;
}

/** A workspace: Blockly's own JSON. */
export interface WorkspaceState {
  blocks?: { languageVersion?: number; blocks: BlockState[] };
  variables?: { name: string; id: string; type?: string }[];
  workspaceComments?: unknown[];
  [other: string]: unknown;
}

/** How extra state changes a block's shape. */
export type Mutation =
  | { kind: "items"; input: string; count: number }
  | { kind: "pairs"; count: number }
  | { kind: "returnResult" }
  | { kind: "if" | "procedureDefinition" | "procedureCall" | "ifReturn" };

/** One block type. */
export interface Entry {
  type: string;
  message0?: string;
  tooltip?: string;
  output?: string | string[] | null;
  previousStatement?: unknown;
  colour?: unknown;
  style?: string;
  blockcast?: {
    inputs?: Record<string, { shadow?: BlockState }>;
    mutation?: Mutation;
    event?: { type: string; nameField?: string };
    doc?: string;
    /** The words on it in English, whatever the others are in. */
    label?: string;
    example?: unknown;
  };
  [other: string]: unknown;
}

/** A category of the palette. */
export interface Category {
  /** Its English name, by which it is known. */
  name: string;
  /** Its name in the author's language. */
  label?: string;
  colour: string;
  blocks: Entry[];
}

/** Every text in an entry's messages, without the places of its fields and sockets. */
export function labelOf(entry: Entry): string {
  const messages: string[] = [];
  for (let n = 0; typeof entry[`message${n}`] === "string"; n++) {
    messages.push(String(entry[`message${n}`]));
  }
  return messages
    .join(" ")
    .replace(/%\d+|%\{[^}]*\}/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}
