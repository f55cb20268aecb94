/** Shows a dialog as the only thing that can be reached, and gives the keyboard back afterwards. */
export function modal(dialog: HTMLDialogElement): () => void {
  const before = document.activeElement;
  dialog.showModal();
  // The first button is the one that closes: whoever is asked something wants to answer.
  if (document.activeElement instanceof HTMLButtonElement) {
    dialog.querySelector<HTMLElement>("input, select, textarea")?.focus();
  }
  return () => {
    // Until the dialog is gone nothing else can have the focus.
    queueMicrotask(() => {
      const isNobodys = document.activeElement === document.body;
      if (isNobodys && (before instanceof HTMLElement || before instanceof SVGElement)) {
        before.focus();
      }
    });
  };
}
