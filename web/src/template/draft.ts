/** Pure: reading and changing a template by the paths that the server names fields with. */

import type { Template } from "../api/types";

/** Where a field lies: `["options", "android", "contentTitle"]`. */
export type Path = readonly string[];

/** The template's value at a path; undefined when nothing is said there. */
export function at(template: Template, path: Path): unknown {
  return path.reduce<unknown>(
    (value, name) => (isObject(value) ? value[name] : undefined),
    template,
  );
}

/** The template with a value at a path; what says nothing is taken out, and what is empty then. */
export function withValue(template: Template, path: Path, value: unknown): Template {
  return changed({ ...template }, path, value) as unknown as Template;
}

/** The path as the server writes it. */
export function pathText(path: Path): string {
  return path.join(".");
}

/** The template without what the server adds to one that it shows. */
export function bare(stored: Template): Template {
  const { name, message, platforms, channelName, segmentQuery, customHeaders, options, locales } =
    stored;
  const all = { message, platforms, channelName, segmentQuery, customHeaders, options, locales };
  const said = Object.entries(all).filter(([, value]) => !isEmpty(value));
  return { name, ...Object.fromEntries(said) };
}

/** The paths whose values differ, as the server writes them. */
export function differences(one: unknown, other: unknown, path = ""): string[] {
  if (JSON.stringify(one) === JSON.stringify(other)) return [];
  if (!isObject(one) || !isObject(other)) return [path];
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].flatMap((name) =>
    differences(one[name], other[name], path ? `${path}.${name}` : name),
  );
}

/** A value at a path that {@link differences} gave, as text to compare by eye. */
export function shownAt(template: Template, path: string): string {
  const value = at(template, path.split("."));
  if (value === undefined) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function changed(
  holder: Record<string, unknown>,
  [name = "", ...rest]: Path,
  value: unknown,
): Record<string, unknown> {
  const inner = holder[name];
  const next =
    rest.length === 0 ? value : changed(isObject(inner) ? { ...inner } : {}, rest, value);
  if (isEmpty(next)) delete holder[name];
  else holder[name] = next;
  return holder;
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
