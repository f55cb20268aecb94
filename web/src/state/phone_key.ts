/** The API key of the phones in this browser: they register like any app, so they need one. */

import type { Credentials } from "../api/client";
import type { Server } from "../api/server";
import type { Store } from "./memory";

const keyOf = (appId: string): string => `blockcast.phones.${appId}`;

/** The key that this browser has, or a new one. */
export async function phoneCredentials(server: Server, store: Store): Promise<Credentials> {
  const { appId } = server;
  const kept = store.getItem(keyOf(appId));
  if (kept) return { appId, apiKey: kept };
  const { secret } = await server.createKey({
    name: "Phones in the browser",
    roles: ["register", "read", "publish", "subscribe"],
  });
  store.setItem(keyOf(appId), secret);
  return { appId, apiKey: secret };
}

/** Forgets a key that the server doesn't take any more. */
export function forgetPhoneKey(appId: string, store: Store): void {
  store.removeItem(keyOf(appId));
}
