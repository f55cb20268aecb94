/** What the form "Send a test" publishes. */

import type { PublishBody } from "../api/client";

/** Whose phones are meant. */
export type Target = PublishBody["pushBroadcast"];

export interface Fields {
  message: string;
  ticker: string;
  title: string;
  text: string;
  alert: string;
  /** Digits, or empty for none. */
  badge: string;
}

/** The body for these fields: what is empty, or another system's, is no header. */
export function publishBody(target: Target, fields: Fields): PublishBody {
  const android: [string, string][] = [
    ["android-ticker-text", fields.ticker],
    ["android-content-title", fields.title],
    ["android-content-text", fields.text],
  ];
  const ios: [string, string][] = [
    ["ios-alert", fields.alert],
    ["ios-badge", fields.badge.trim()],
  ];
  const meant = [...(target === "IOS" ? [] : android), ...(target === "ANDROID" ? [] : ios)];
  const given = meant.filter(([, value]) => value !== "");
  return {
    message: fields.message,
    headers: Object.fromEntries(given),
    publishPolicy: "PUSH",
    // Said outright, so that the headers don't decide whose phones are meant.
    pushBroadcast: target,
  };
}
