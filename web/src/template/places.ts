/**
 * Pure: the places of smart texts, to offer a field of sample data for each. What fills them is
 * the server's to say; a brace that is written twice is a brace.
 */

import type { Template } from "../api/types";

/** What sample data a preview is asked with. */
export interface SampleData {
  templateValues?: Record<string, string>;
  properties?: Record<string, string>;
  user?: { properties: Record<string, string> };
}

const PLACE = /\{\{|\}\}|\{([^{}|]+)(?:\|[^{}]*)?\}/g;

/** The names in a text, in its order. */
export function namesIn(text: string): string[] {
  return [...text.matchAll(PLACE)].map(([, name]) => name?.trim() ?? "").filter(Boolean);
}

/** All names in the texts of a template, each once. */
export function namesOf(template: Template): string[] {
  const names = new Set<string>();
  const look = (value: unknown): void => {
    if (typeof value === "string") for (const name of namesIn(value)) names.add(name);
    else if (typeof value === "object" && value !== null) Object.values(value).forEach(look);
  };
  const { name: _, ...texts } = template;
  look(texts);
  return [...names];
}

/** A place as it is written; without a fallback when there is none. */
export function placeText(name: string, fallback: string): string {
  return fallback ? `{${name}|${fallback}}` : `{${name}}`;
}

/** Whose value a name is: of the push, of each device, or of its user. */
export function ownerOf(name: string): "push" | "device" | "user" {
  const first = name.split(".", 1)[0]?.toLowerCase();
  if (!name.includes(".")) return "push";
  if (first === "user" || first === "users") return "user";
  return first === "properties" ? "device" : "push";
}

/** Sample values by name as the server takes them; an empty one is none. */
export function sampleOf(values: Readonly<Record<string, string>>): SampleData {
  const sample: SampleData = {};
  for (const [name, value] of Object.entries(values)) {
    if (!value) continue;
    const property = name.slice(name.indexOf(".") + 1);
    const owner = ownerOf(name);
    if (owner === "push") (sample.templateValues ??= {})[name] = value;
    else if (owner === "device") (sample.properties ??= {})[property] = value;
    else (sample.user ??= { properties: {} }).properties[property] = value;
  }
  return sample;
}
