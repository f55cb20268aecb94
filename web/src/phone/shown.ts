/** What a drawn phone shows: a device of this browser, or a preview of one. */

import type { Os } from "../api/client";
import type { Notification } from "./notification";

export interface Shown {
  readonly os: Os;
  /** The newest first. */
  readonly notifications: readonly Notification[];
  /** What came last and is news. */
  readonly latest: Notification | undefined;
  /** The number on the app's icon; 0 is none. */
  readonly badge: number;
  /** A ticker that stands instead of rolling by. */
  readonly ticker?: string | undefined;
  /** Whether there is anything to clear; true when not said. */
  readonly isClearable?: boolean;
  dismiss(messageId: string): void;
  clear(): void;
}
