/** Blockly's words in the author's language: each a file of its own, loaded when needed. */

import * as Blockly from "blockly/core";
import type { Language } from "../i18n/i18n.svelte";

type Words = Record<string, string>;

const loaders: Record<Language, () => Promise<unknown>> = {
  en: () => import("blockly/msg/en"),
  de: () => import("blockly/msg/de"),
  es: () => import("blockly/msg/es"),
  uk: () => import("blockly/msg/uk"),
  zh: () => import("blockly/msg/zh-hans"),
};

/** Gives Blockly the words of a language, and English for those it lacks. */
export async function speak(language: Language, more: Words): Promise<void> {
  const [english, words] = await Promise.all([loaders.en(), loaders[language]()]);
  const all: Words = { ...(english as Words), ...(words as Words), ...more };
  // Blockly 13 shows this new label where it has the other in every language.
  all["INPUT_LABEL_LISTS_DELIMITER"] = all["LISTS_SPLIT_WITH_DELIMITER"] ?? "";
  Blockly.setLocale(all);
}
