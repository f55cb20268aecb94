/** The page's own words in the author's language. Blockly's words are in `canvas/language.ts`. */

import { en } from "./en";

/** The key of a text. */
export type Key = keyof typeof en;
/** All texts of a language. */
export type Texts = Record<Key, string>;

export const LANGUAGES = {
  en: "English",
  de: "Deutsch",
  es: "Español",
  uk: "Українська",
  zh: "中文",
};
export type Language = keyof typeof LANGUAGES;

const KEPT = "blockcast.language";

const loaders: Record<Language, () => Promise<Texts>> = {
  en: async () => en,
  de: async () => (await import("./de")).de,
  es: async () => (await import("./es")).es,
  uk: async () => (await import("./uk")).uk,
  zh: async () => (await import("./zh")).zh,
};

let texts = $state.raw<Texts>(en);
let current = $state<Language>("en");

/** The language of the page. */
export function language(): Language {
  return current;
}

/** The locale for dates: the browser's own where it speaks the page's language, with its customs. */
export function locale(): string {
  const own = navigator.languages.find((tag) => tag.toLowerCase().startsWith(current));
  return own ?? current;
}

/** The text of a key, with `{name}` replaced by the value of that name. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  return texts[key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** A text of a key made from parts, or `otherwise` when there is none: for words of the server. */
export function tOr(key: string, otherwise: string): string {
  return (texts as Record<string, string>)[key] ?? otherwise;
}

/** Loads the language that was chosen, else the browser's, else English. */
export async function start(): Promise<void> {
  let kept: string | null = null;
  try {
    kept = localStorage.getItem(KEPT);
  } catch {
    // Without a store the browser's language it is.
  }
  const wanted = [kept, ...navigator.languages].map((tag) => (tag ?? "").slice(0, 2).toLowerCase());
  await use(wanted.find(isLanguage) ?? "en");
}

/** Speaks this language from now on. */
export async function choose(language: Language): Promise<void> {
  try {
    localStorage.setItem(KEPT, language);
  } catch {
    // It is spoken until the page is closed.
  }
  await use(language);
}

async function use(language: Language): Promise<void> {
  texts = await loaders[language]();
  current = language;
  // Without the script some systems take the shapes of another one.
  document.documentElement.lang = language === "zh" ? "zh-Hans" : language;
}

function isLanguage(tag: string): tag is Language {
  return tag in LANGUAGES;
}
