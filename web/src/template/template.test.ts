import { describe, expect, it } from "vitest";
import { at, bare, differences, shownAt, withValue } from "./draft";
import { namesIn, namesOf, ownerOf, placeText, sampleOf } from "./places";

const welcome = {
  name: "welcome",
  message: "Hello {name|there}",
  options: { android: { contentTitle: "Hi {Users.city}" } },
};

describe("a template's fields", () => {
  it("are read and changed by their paths, the rest staying as it is", () => {
    const path = ["locales", "de", "options", "ios", "alertTitle"];
    const german = withValue(welcome, path, "Hallo");
    expect(at(german, path)).toBe("Hallo");
    expect(at(welcome, path)).toBeUndefined();
    expect(german.options).toEqual(welcome.options);
  });

  it("that say nothing are gone, with what held nothing else", () => {
    const path = ["options", "android", "contentTitle"];
    expect(withValue(welcome, path, "")).toEqual({
      name: "welcome",
      message: "Hello {name|there}",
    });
    expect(withValue(welcome, ["options", "android", "badge"], 0).options).toEqual({
      android: { contentTitle: "Hi {Users.city}", badge: 0 },
    });
  });

  it("are those a person writes, without what the server adds", () => {
    const stored = { ...welcome, channelName: "default", version: 4, changedAt: 4, warnings: [] };
    expect(bare(stored)).toEqual({ ...welcome, channelName: "default" });
  });

  it("that differ are told by their paths", () => {
    const theirs = withValue(welcome, ["options", "android", "badge"], 3);
    const mine = withValue(welcome, ["message"], "Hello");
    expect(differences(theirs, mine).sort()).toEqual(["message", "options.android.badge"]);
    expect(shownAt(theirs, "options.android.badge")).toBe("3");
    expect(shownAt(mine, "options.android.badge")).toBe("–");
    expect(differences(mine, mine)).toEqual([]);
  });
});

describe("places", () => {
  it("are the names in braces, each once; braces written twice are none", () => {
    expect(namesIn("{a} {b|x y} {{c}} { d | } {a}")).toEqual(["a", "b", "d", "a"]);
    expect(namesOf({ ...welcome, segmentQuery: "age > {least|18}" })).toEqual([
      "name",
      "Users.city",
      "least",
    ]);
  });

  it("are written with their fallback", () => {
    expect([placeText("name", "there"), placeText("name", "")]).toEqual(["{name|there}", "{name}"]);
  });

  it("are filled by the push, the device or its user", () => {
    expect(["name", "properties.name", "Users.name", "a.b"].map(ownerOf)).toEqual([
      "push",
      "device",
      "user",
      "push",
    ]);
    expect(sampleOf({ name: "Ada", "properties.age": "7", "user.city": "Kyiv", none: "" })).toEqual(
      {
        templateValues: { name: "Ada" },
        properties: { age: "7" },
        user: { properties: { city: "Kyiv" } },
      },
    );
  });
});
