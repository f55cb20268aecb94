/** A phone beside what somebody types: a preview of that, above what has really come. */

import type { Os } from "../../api/client";
import { badgeAfter, type Notification } from "../../phone/notification";
import type { Shown } from "../../phone/shown";
import type { Device } from "../../state/device.svelte";

export class PreviewPhone implements Shown {
  /** What the server has drawn of what is typed. */
  preview = $state.raw<Notification | undefined>();
  /** The real device, once it is registered. */
  device = $state.raw<Device | undefined>();

  constructor(readonly os: Os) {}

  get notifications(): readonly Notification[] {
    const real = this.device?.notifications ?? [];
    return this.preview ? [this.preview, ...real] : real;
  }

  get latest(): Notification | undefined {
    return this.device?.latest;
  }

  get ticker(): string | undefined {
    return this.preview?.android?.ticker;
  }

  get badge(): number {
    const badge = this.device?.badge ?? 0;
    return this.preview ? badgeAfter(badge, this.preview) : badge;
  }

  get isClearable(): boolean {
    return (this.device?.notifications.length ?? 0) > 0;
  }

  dismiss(messageId: string): void {
    this.device?.dismiss(messageId);
  }

  clear(): void {
    this.device?.clear();
  }
}
