/** Times and durations as people read them. */

import { language } from "../i18n/i18n.svelte";

/** How long ago, or in how long: "5 minutes ago". Both in milliseconds since 1970. */
export function relative(then: number, now = Date.now()): string {
  const format = new Intl.RelativeTimeFormat(language(), { numeric: "auto" });
  const seconds = (then - now) / 1000;
  const units = [
    ["day", 86_400],
    ["hour", 3_600],
    ["minute", 60],
  ] as const;
  for (const [unit, size] of units) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(Math.trunc(seconds), "second");
}

/** The date and time of day. */
export function exact(then: number): string {
  return new Date(then).toLocaleString(language(), { dateStyle: "medium", timeStyle: "medium" });
}

/** A duration in microseconds, in the unit that suits it. */
export function duration(us: number): string {
  if (us < 1_000) return `${us} µs`;
  if (us < 1_000_000) return `${(us / 1_000).toFixed(us < 10_000 ? 1 : 0)} ms`;
  return `${(us / 1_000_000).toFixed(1)} s`;
}

/** A whole number with its thousands apart. */
export function amount(n: number): string {
  return n.toLocaleString(language());
}
