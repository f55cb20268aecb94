/**
 * Finds blocks of the palette by label, type, synonym and what their documentation says: by the
 * words that are shown, and by English.
 */

import { type Category, type Entry, labelOf } from "./entry";
import { offeredOf } from "./palette";

/** What people call things; each word leads to types that contain one of the texts. */
const SYNONYMS: Record<string, string[]> = {
  alert: ["messaging_publish", "text_print"],
  notify: ["messaging_publish"],
  notification: ["messaging_publish"],
  send: ["messaging_publish"],
  push: ["messaging_publish"],
  phone: ["messaging_publish"],
  log: ["text_print"],
  echo: ["text_print"],
  say: ["text_print"],
  concat: ["text_join", "lists_concat"],
  combine: ["text_join", "lists_concat", "objects_merge"],
  string: ["text"],
  array: ["lists_"],
  dictionary: ["objects_"],
  map: ["objects_", "lists_map"],
  hash: ["objects_"],
  json: ["text_to_json", "text_from_json", "objects_"],
  function: ["procedures_"],
  condition: ["controls_if", "logic_compare", "logic_ternary"],
  else: ["controls_if"],
  equals: ["logic_compare"],
  plus: ["math_arithmetic"],
  add: ["math_arithmetic", "lists_setIndex"],
  minus: ["math_arithmetic"],
  divide: ["math_arithmetic", "math_modulo"],
  while: ["controls_whileUntil"],
  for: ["controls_for"],
  each: ["controls_forEach", "lists_map", "lists_filter"],
  loop: ["controls_"],
  break: ["controls_flow_statements"],
  date: ["time_"],
  now: ["time_now"],
  wait: ["time_"],
  webhook: ["trigger_"],
  start: ["trigger_"],
  event: ["trigger_"],
  code: ["script_"],
  random: ["random"],
  substring: ["text_getSubstring"],
  regex: ["text_regex"],
  null: ["logic_null", "logic_is_nothing"],
};

/** At most this many blocks are shown. */
const FOUND_MAX = 24;

/** The blocks for these words, the best first. `labelIn` gives a type's label as it is drawn. */
export function search(
  categories: readonly Category[],
  query: string,
  labelIn: (entry: Entry) => string = labelOf,
): Entry[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const all = categories.flatMap((category) =>
    offeredOf(category).map((entry) => ({ entry, score: score(entry, category, words, labelIn) })),
  );
  const best = Math.max(0, ...all.map(({ score }) => score));
  // What is only mentioned somewhere is shown where there is nothing better.
  const least = best >= 5 * words.length ? 5 * words.length : 1;
  return all
    .filter(({ score }) => score >= least)
    .sort((a, b) => b.score - a.score)
    .slice(0, FOUND_MAX)
    .map(({ entry }) => entry);
}

/** How well all words fit; 0 when one of them doesn't. */
function score(
  entry: Entry,
  category: Category,
  words: string[],
  labelIn: (entry: Entry) => string,
): number {
  const own = entry.blockcast;
  const label = `${labelIn(entry)} ${labelOf(entry)} ${own?.label ?? ""}`.toLowerCase();
  const type = entry.type.toLowerCase();
  const { name, label: called } = category;
  const around = `${called ?? ""} ${name} ${entry.tooltip ?? ""} ${own?.doc ?? ""}`.toLowerCase();
  let total = 0;
  for (const word of words) {
    const meant = Object.entries(SYNONYMS)
      .filter(([name]) => name === word || (word.length > 2 && name.startsWith(word)))
      .flatMap(([, types]) => types);
    const points = label.startsWith(word)
      ? 10
      : label.includes(word)
        ? 8
        : type.includes(word)
          ? 6
          : meant.some((part) => type.includes(part.toLowerCase()))
            ? 5
            : around.includes(word)
              ? 2
              : 0;
    if (points === 0) return 0;
    total += points;
  }
  return total;
}
