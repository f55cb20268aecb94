/** Short words that come up for a while and are told to those who hear the page. */

export interface Toast {
  id: number;
  text: string;
  kind: "good" | "bad" | "plain";
}

/** Milliseconds until one is gone; bad news stays longer. */
const STAYS_MS = { good: 4_000, plain: 6_000, bad: 10_000 };

let next = 0;
let shown = $state.raw<readonly Toast[]>([]);

export function toasts(): readonly Toast[] {
  return shown;
}

export function say(text: string, kind: Toast["kind"] = "plain"): void {
  const toast = { id: next++, text, kind };
  // The same words twice are one.
  shown = [...shown.filter((one) => one.text !== text), toast];
  setTimeout(() => dismiss(toast.id), STAYS_MS[kind]);
}

/** Says what went wrong. */
export function complain(error: unknown): void {
  say(error instanceof Error ? error.message : String(error), "bad");
}

export function dismiss(id: number): void {
  shown = shown.filter((one) => one.id !== id);
}
