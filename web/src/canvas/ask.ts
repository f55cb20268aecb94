/** What Blockly asks a person: the page shows it, instead of the browser's own windows. */

import * as Blockly from "blockly/core";

/** A question; `answer` takes what was given, or null when it was put aside. */
export interface Question {
  text: string;
  /** What stands in the answer's field at first; undefined when no text is asked for. */
  value: string | undefined;
  answer: (given: string | null) => void;
}

/** Says who asks. */
export function onAsk(ask: (question: Question) => void): void {
  Blockly.dialog.setPrompt((text, value, answer) => ask({ text, value, answer }));
  Blockly.dialog.setConfirm((text, answer) =>
    ask({ text, value: undefined, answer: (given) => answer(given !== null) }),
  );
  Blockly.dialog.setAlert((text, done) => ask({ text, value: undefined, answer: () => done?.() }));
}
