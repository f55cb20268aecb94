/**
 * A notification as the server draws it. What a system makes of a message is the server's to say
 * (`src/deliver/payload.rs`); here are its words for the phones on this page.
 */

import type { Os } from "../api/client";

/** A button under a notification. */
export interface Action {
  id: string;
  title: string;
  /** There when it asks for a line of text: the hint in its empty field. */
  reply?: string;
}

export interface AndroidFace {
  ticker?: string;
  title?: string;
  text?: string;
  /** A short line beside the app's name. */
  subText?: string;
  /** A drawable of the app, or the address of a picture. */
  largeIcon?: string;
  /** The big picture's address. */
  image?: string;
  /** `#RRGGBB` */
  color?: string;
  sound?: string;
  badge?: number;
  actions?: Action[];
}

export interface IosFace {
  title?: string;
  subtitle?: string;
  body?: string;
  badge?: number;
  sound?: string;
  /** The picture's address. */
  image?: string;
  actions?: Action[];
}

export interface Notification {
  messageId: string;
  deviceId: string;
  channel: string;
  os: Os;
  /** Milliseconds since 1970. */
  publishedAt: number;
  android?: AndroidFace;
  ios?: IosFace;
  message: unknown;
  headers: Record<string, string>;
}

/** What a card says, whoever draws it; an empty text is not drawn. */
export interface Wording {
  title: string;
  subtitle: string;
  text: string;
}

/** The name phones show where a notification has no title. */
export const APP_NAME = "blockcast";

/** The message that previews have: nobody has got it, so nobody can dismiss it. */
export const PREVIEW_ID = "message:PREVIEW";

/** Reads the data of an event; undefined when it is no notification. */
export function notificationOf(data: string): Notification | undefined {
  try {
    const one = JSON.parse(data) as Partial<Notification> | null;
    if (typeof one?.messageId !== "string") return undefined;
    return { headers: {}, publishedAt: 0, ...one } as Notification;
  } catch {
    return undefined;
  }
}

/** Puts `incoming` in front of `shown`; a message that is there already is replaced in its place. */
export function collapse(
  shown: readonly Notification[],
  incoming: Notification,
): readonly Notification[] {
  const at = shown.findIndex((one) => one.messageId === incoming.messageId);
  return at < 0 ? [incoming, ...shown] : shown.with(at, incoming);
}

/** What its system writes on the card of a notification; without a face of its own, the message. */
export function wordingOf(one: Notification): Wording {
  const { title, subtitle, text } =
    one.os === "ANDROID" ? { ...one.android, subtitle: "" } : { ...one.ios, text: one.ios?.body };
  const face = faceOf(one);
  return {
    title: title || APP_NAME,
    subtitle: subtitle ?? "",
    text: face ? (text ?? "") : messageText(one.message),
  };
}

/** Whether its system shows a card: one that says nothing only wakes the app, or sets the badge. */
export function isShown(one: Notification): boolean {
  if (!faceOf(one)) return true;
  const { android, ios } = one;
  const said = [android?.title, android?.text, ios?.title, ios?.subtitle, ios?.body];
  return said.some((words) => words !== undefined);
}

function faceOf(one: Notification): AndroidFace | IosFace | undefined {
  return one.os === "ANDROID" ? one.android : one.ios;
}

/** A message as text: texts as they are, everything else as JSON. */
export function messageText(message: unknown): string {
  return typeof message === "string" ? message : (JSON.stringify(message) ?? "");
}

/**
 * The number on the app's icon after a notification: a badge sets it, 0 clears it, and one
 * without a badge leaves it.
 */
export function badgeAfter(badge: number, one: Notification): number {
  const next = one.ios?.badge;
  return next === undefined || !Number.isFinite(next) ? badge : Math.max(0, Math.trunc(next));
}

/** A badge as the icon has room for it. */
export function badgeText(badge: number): string {
  return badge > 9_999 ? "9999+" : String(badge);
}

/**
 * How long ago something was, as each system says it in the phone's language: Android the time alone,
 * iOS with "ago". Both times in milliseconds since 1970.
 */
export function ago(os: Os, then: number, now: number, locale = "en"): string {
  // In English both have one letter for a unit; other languages have none that all know.
  const width = locale.startsWith("en") ? "narrow" : "short";
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: width });
  const minutes = Math.floor((now - then) / 60_000);
  if (minutes < 1) return relative.format(0, "second");
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  const unit = hours < 1 ? "minute" : days < 1 ? "hour" : "day";
  const amount = { minute: minutes, hour: hours, day: days }[unit];
  if (os === "ANDROID") {
    const style = { style: "unit", unit, unitDisplay: width } as const;
    return new Intl.NumberFormat(locale, style).format(amount);
  }
  return new Intl.RelativeTimeFormat(locale, { style: width }).format(-amount, unit);
}

/** Hours and minutes as a phone's clock shows them: by the locale, without "AM" and "PM". */
export function clockText(now: number, locale?: string, timeZone?: string): string {
  const zone = timeZone === undefined ? {} : { timeZone };
  const format = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit", ...zone });
  const parts = format.formatToParts(now).filter((part) => part.type !== "dayPeriod");
  return parts
    .map((part) => part.value)
    .join("")
    .trim();
}
