/** What makes Blockly faster with long flows, without changing what it does. */

import * as Blockly from "blockly/core";

/** The one method that is laid over; Blockly's types call it protected. */
interface Spoken {
  recomputeAriaContext(): boolean;
  getSvgRoot(): SVGGElement | null;
}

/**
 * While a block is made, each of its fields is asked for its words before it has an element.
 * Blockly finds out by an exception for each, whose stack traces are two fifths of what loading
 * a flow of 1,000 blocks takes.
 */
export function quicken(): void {
  const field = Blockly.Field.prototype as unknown as Spoken;
  const speak = field.recomputeAriaContext;
  field.recomputeAriaContext = function (this: Spoken): boolean {
    return this.getSvgRoot() !== null && speak.call(this);
  };
}
