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

let last: { refusal: Refusal; mine: Blockly.Connection; theirs: Blockly.Connection } | undefined;

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

function note(a: Blockly.Connection, b: Blockly.Connection): void {
  // Only values have types worth telling of.
  if (
    a.type !== Blockly.ConnectionType.OUTPUT_VALUE &&
    b.type !== Blockly.ConnectionType.OUTPUT_VALUE
  )
    return;
  const [socket, plug] = a.type === Blockly.ConnectionType.INPUT_VALUE ? [a, b] : [b, a];
  const refusal = {
    takes: socket.getCheck() ?? [],
    gives: plug.getCheck() ?? [],
    blockId: socket.getSourceBlock().id,
  };
  if (near(a, b)) last = { refusal, mine: a, theirs: b };
}

function near(a: Blockly.Connection, b: Blockly.Connection): boolean {
  return Math.hypot(a.x - b.x, a.y - b.y) < MEANT;
}

/** What the drag that just ended was refused, if it ended where it was refused. */
export function takeRefusal(): Refusal | undefined {
  const found = last;
  last = undefined;
  if (!found || found.mine.isConnected() || !near(found.mine, found.theirs)) return undefined;
  return found.refusal;
}

export const CHECKER = "blockcast";

export function registerChecker(): void {
  Blockly.registry.register(Blockly.registry.Type.CONNECTION_CHECKER, CHECKER, Checker);
}
