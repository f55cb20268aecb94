/** What isn't saved on the server yet, kept in this browser so that a reload loses nothing. */

import type { FlowDraft } from "../api/types";
import type { Store } from "../state/memory";

export interface Kept extends FlowDraft {
  /** The revision on the server that it builds on. */
  revision: number;
  /** Milliseconds since 1970. */
  at: number;
}

const keyOf = (flow: string): string => `blockcast.draft.${flow}`;

/** Keeps a draft; false when the browser has no room for it. */
export function keep(store: Store, flow: string, kept: Kept): boolean {
  try {
    store.setItem(keyOf(flow), JSON.stringify(kept));
    return true;
  } catch {
    return false;
  }
}

export function kept(store: Store, flow: string): Kept | undefined {
  try {
    const value = JSON.parse(store.getItem(keyOf(flow)) ?? "null") as Partial<Kept> | null;
    return value?.source && typeof value.revision === "number" ? (value as Kept) : undefined;
  } catch {
    return undefined;
  }
}

export function forget(store: Store, flow: string): void {
  try {
    store.removeItem(keyOf(flow));
  } catch {
    // Nothing was kept, then.
  }
}
