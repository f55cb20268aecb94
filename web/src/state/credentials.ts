/** Where the page finds out which app it belongs to. */

import type { Credentials } from "../api/client";
import type { Store } from "./memory";

const KEY = "blockcast.credentials";

/** Reads `#app=ID&key=KEY`, the link that `blockcast serve` prints. */
export function fromFragment(fragment: string): Credentials | null {
  const values = new URLSearchParams(fragment.replace(/^#/, ""));
  const appId = values.get("app")?.trim();
  const apiKey = values.get("key")?.trim();
  return appId && apiKey ? { appId, apiKey } : null;
}

/** Reads what {@link remember} kept for this tab. */
export function remembered(storage: Store): Credentials | null {
  try {
    const kept = JSON.parse(storage.getItem(KEY) ?? "null") as Partial<Credentials> | null;
    return kept?.appId && kept.apiKey ? { appId: kept.appId, apiKey: kept.apiKey } : null;
  } catch {
    return null;
  }
}

/** Keeps credentials until the tab is closed; null forgets them. */
export function remember(storage: Store, credentials: Credentials | null): void {
  if (credentials) storage.setItem(KEY, JSON.stringify(credentials));
  else storage.removeItem(KEY);
}

/** Reads `#sign-in=TOKEN`, the link that begins a session; also from a whole link. */
export function signInToken(link: string): string | undefined {
  const fragment = link.slice(link.indexOf("#") + 1);
  return new URLSearchParams(fragment).get("sign-in")?.trim() || undefined;
}
