import { describe, expect, it } from "vitest";
import { de } from "./de";
import { en } from "./en";
import { es } from "./es";
import { uk } from "./uk";
import { zh } from "./zh";

/** The names in braces, which are replaced by values. */
const places = (text: string): string[] =>
  [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).sort();

describe.each(Object.entries({ de, es, uk, zh }))("%s", (_, texts) => {
  it("has a text for each of English's, with the same values in it", () => {
    for (const [key, text] of Object.entries(en)) {
      const other = (texts as Record<string, string>)[key] ?? "";
      expect(other, key).not.toBe("");
      expect(places(other), key).toEqual(places(text));
    }
  });
});
