/** Shows a dialog as the only thing that can be reached, and gives the keyboard back afterwards. */
export function modal(dialog: HTMLDialogElement): () => void {
  const before = document.activeElement;
  dialog.showModal();
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
