/** A flow as a few bars: one a statement, indented as it is nested. */

import { colourOfType } from "../canvas/colours";
import type { BlockState, WorkspaceState } from "../canvas/entry";

export interface Bar {
  depth: number;
  width: number;
  colour: string;
}

/** The first `most` statements from the top. */
export function sketch(workspace: WorkspaceState, most: number): Bar[] {
  const bars: Bar[] = [];
  const tops = [...(workspace.blocks?.blocks ?? [])].sort((a, b) => (a.y ?? 0) - (b.y ?? 0));
  for (const top of tops) walk(top, 0, bars, most);
  return bars;
}

function walk(from: BlockState | undefined, depth: number, bars: Bar[], most: number): void {
  for (let block = from; block && bars.length < most; block = block.next?.block) {
    // As wide as what it holds: any measure that differs between blocks will do.
    const sockets = Object.values(block.inputs ?? {});
    const width = Math.min(92 + 26 * sockets.length + 4 * block.type.length, 250 - depth * 18);
    bars.push({ depth, width, colour: colourOfType(block.type) });
    for (const [name, socket] of Object.entries(block.inputs ?? {})) {
      if (/^(DO\d*|ELSE|STACK)$/.test(name)) walk(socket.block, depth + 1, bars, most);
    }
  }
}
