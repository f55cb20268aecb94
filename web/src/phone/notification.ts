/** A notification as the server sends it, and as each system shows it. */

import type { Os } from "../api/client";

export interface Notification {
  messageId: string;
  deviceId: string;
  channel: string;
  os: Os;
  /** Milliseconds since 1970. */
  publishedAt: number;
  android?: { ticker?: string; title?: string; text?: string };
  ios?: { title?: string; subtitle?: string; body?: string; badge?: number; sound?: string };
  message: unknown;
  headers: Record<string, string>;
}

/** The name phones show where a notification has no title. */
export const APP_NAME = "blockcast";

/** Puts `incoming` in front of `shown`; a message that is there already is replaced in its place. */
export function collapse(shown: Notification[], incoming: Notification): Notification[] {
  const at = shown.findIndex((one) => one.messageId === incoming.messageId);
  return at < 0 ? [incoming, ...shown] : shown.with(at, incoming);
}

/** A message as text: texts as they are, everything else as JSON. */
export function messageText(message: unknown): string {
  return typeof message === "string" ? message : JSON.stringify(message);
}

/** Title and text of the card that Android draws. */
export function androidCard(one: Notification): { title: string; text: string } {
  const title = one.android?.title ?? APP_NAME;
  return { title, text: one.android?.text ?? messageText(one.message) };
}

/** Title, subtitle and text of the banner that iOS draws. */
export function iosBanner(one: Notification): { title: string; subtitle: string; body: string } {
  const body = one.ios?.body ?? messageText(one.message);
  return { title: one.ios?.title ?? APP_NAME, subtitle: one.ios?.subtitle ?? "", body };
}

/**
 * The number on the app's icon after a notification: a badge sets it, 0 clears it, and one
 * without a badge leaves it.
 */
export function badgeAfter(badge: number, one: Notification): number {
  const next = one.ios?.badge;
  return next === undefined || !Number.isFinite(next) ? badge : Math.max(0, Math.trunc(next));
}

/** How long ago, as phones say it. */
export function ago(then: number, now: number): string {
  const minutes = Math.floor((now - then) / 60_000);
  if (minutes < 1) return "now";
  if (minutes < 60) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours}h` : `${Math.floor(hours / 24)}d`;
}

/** The time as both phones show it on their own: hours and minutes, nothing else. */
export function clockTime(now: number): string {
  return new Date(now).toLocaleTimeString([], {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
}

/** Splits "news, orders" into channel names; nothing at all is the default channel. */
export function channelsOf(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  const given = [...new Set(names.filter((name) => name !== ""))];
  return given.length > 0 ? given : ["default"];
}
