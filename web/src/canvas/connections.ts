/** Typed connections: what doesn't fit isn't joined, and whoever dropped it is told why. */

import * as Blockly from "blockly/core";

/** Two connections that a drag brought together and that don't fit. */
export interface Refusal {
  /** The types the socket takes. */
  takes: string[];
  /** The types the block gives. */
  gives: string[];
  blockId: string;
}

/** Workspace units within which somebody meant to plug a block in. */
const MEANT = 28;

let last:
  | { refusal: Refusal; mine: Blockly.Connection; theirs: Blockly.Connection; x: number; y: number }
  | undefined;

class Checker extends Blockly.ConnectionChecker {
  override canConnectWithReason(
    a: Blockly.Connection | null,
    b: Blockly.Connection | null,
    isDragging: boolean,
    distance?: number,
  ): number {
    const reason = super.canConnectWithReason(a, b, isDragging, distance);
    if (isDragging && reason === Blockly.Connection.REASON_CHECKS_FAILED && a && b) note(a, b);
    return reason;
  }
}

function note(mine: Blockly.Connection, theirs: Blockly.Connection): void {
  const { OUTPUT_VALUE, INPUT_VALUE } = Blockly.ConnectionType;
  // Only values have types worth telling of.
  if (mine.type !== OUTPUT_VALUE && theirs.type !== OUTPUT_VALUE) return;
  const [socket, plug] = mine.type === INPUT_VALUE ? [mine, theirs] : [theirs, mine];
  if (Math.hypot(mine.x - theirs.x, mine.y - theirs.y) < MEANT) {
    const refusal = {
      takes: socket.getCheck() ?? [],
      gives: plug.getCheck() ?? [],
      blockId: socket.getSourceBlock().id,
    };
    last = { refusal, mine, theirs, x: mine.x, y: mine.y };
  } else if (mine === last?.mine && theirs === last.theirs) {
    last = undefined;
  }
}

/** What the drag that just ended was refused, if it ended where it was refused. */
export function takeRefusal(): Refusal | undefined {
  const found = last;
  last = undefined;
  if (!found || found.mine.isConnected()) return undefined;
  // Blockly pushes a block away from where it can't be joined: so not exactly where it was.
  const { mine, x, y } = found;
  return Math.hypot(mine.x - x, mine.y - y) < 3 * MEANT ? found.refusal : undefined;
}

export const CHECKER = "blockcast";

export function registerChecker(): void {
  Blockly.registry.register(Blockly.registry.Type.CONNECTION_CHECKER, CHECKER, Checker);
}
