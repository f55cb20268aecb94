/** Comments that are being written: Blockly takes them when their field is left. */

/** Milliseconds after the last key until what is written counts. */
const PAUSE_MS = 250;

/** Makes a comment count while it is written, so that saving and a closed tab don't miss it. */
export function countComments(host: Element): void {
  let pause: ReturnType<typeof setTimeout> | undefined;
  host.addEventListener("input", ({ target }) => {
    if (!(target instanceof HTMLTextAreaElement)) return;
    clearTimeout(pause);
    pause = setTimeout(() => target.dispatchEvent(new Event("change")), PAUSE_MS);
  });
}
