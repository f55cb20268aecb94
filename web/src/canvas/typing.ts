/** What is typed into a block, told at once: Blockly's own event comes a frame later. */

/** Calls `told` with every change of a text that is typed into a block. Gives what ends this. */
export function onTyping(told: () => void): () => void {
  const oninput = ({ target }: Event): void => {
    if (target instanceof Element && target.classList.contains("blocklyHtmlInput")) told();
  };
  // Blockly hangs its input beside the canvas, and has taken the text when it comes by here.
  document.addEventListener("input", oninput);
  return () => document.removeEventListener("input", oninput);
}
