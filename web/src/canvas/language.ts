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
  Blockly.setLocale({ ...(english as Words), ...(words as Words), ...more });
}
