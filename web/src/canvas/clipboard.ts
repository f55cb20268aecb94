/** Copying from one tab and pasting into another: what was copied last lies in the browser's store. */

import * as Blockly from "blockly/core";

const KEY = "blockcast.clipboard";

/** Makes *copy* and *cut* leave their block for other tabs, and *paste* take theirs. */
export function shareClipboard(workspace: Blockly.WorkspaceSvg): void {
  const store = (): void => {
    const copied = Blockly.clipboard.getLastCopiedData();
    try {
      if (copied) localStorage.setItem(KEY, JSON.stringify(copied));
    } catch {
      // A full or forbidden store: copying goes on working in this tab.
    }
  };
  const take = (): void => {
    try {
      const copied = JSON.parse(localStorage.getItem(KEY) ?? "null") as Blockly.ICopyData | null;
      if (!copied) return;
      Blockly.clipboard.setLastCopiedData(copied);
      Blockly.clipboard.setLastCopiedWorkspace(workspace);
    } catch {
      // What lies there isn't ours.
    }
  };
  // Blockly asks its own clipboard at the key; so it must be told before and read after.
  const host = workspace.getInjectionDiv();
  const onKey = (event: KeyboardEvent): void => {
    if (!(event.ctrlKey || event.metaKey)) return;
    if (event.key === "v") take();
    if (event.key === "c" || event.key === "x") setTimeout(store);
  };
  host.addEventListener("keydown", onKey, { capture: true });
  // Another tab copied: its block is what this tab pastes from its menu, too.
  window.addEventListener("storage", (event) => {
    if (event.key === KEY) take();
  });
}
