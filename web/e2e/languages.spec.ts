import { describe, expect, it } from "vitest";
import { Editor } from "./editor";
import { eachTestAfresh } from "./fresh";
import type { Browser } from "./playwright";
import type { Server } from "./server";

let server: Server;
let editor: Editor;
let browser: Browser;

eachTestAfresh((theServer, theEditor, theBrowser) => {
  server = theServer;
  editor = theEditor;
  browser = theBrowser;
});

const push = "messaging_publish_push";

describe("the author's language", () => {
  it("can be changed while a flow is open, and nothing of it is lost", async () => {
    const { page, canvas } = editor;
    await editor.newFlow();
    await editor.type(editor.field(editor.blocks(push).first(), "Hello"), "Tea is ready");
    await page.keyboard.press("Enter");
    await editor.dragFromPalette("length of", { x: 700, y: 620 });
    await editor.blocks("text_length").waitFor();

    await page.getByLabel("Language").selectOption("de");
    await canvas.getByText("Push-Mitteilung veröffentlichen").waitFor();
    await canvas.getByText("Länge von").waitFor();
    await editor.field(editor.blocks(push).first(), "Tea is ready").waitFor();
    await page.getByRole("treeitem", { name: "Auslöser" }).waitFor();
    await editor.state("Nicht gespeichert").waitFor();
    // What was done before can still be undone, and done again.
    await page.getByRole("button", { name: "Rückgängig" }).click();
    await expect.poll(() => editor.blocks("text_length").count()).toBe(0);
    await page.getByRole("button", { name: "Rückgängig" }).click();
    await editor.field(editor.blocks(push).first(), "Hello").waitFor();
    await page.getByRole("button", { name: "Wiederholen" }).click();
    await editor.field(editor.blocks(push).first(), "Tea is ready").waitFor();

    await page.getByLabel("Sprache").selectOption("uk");
    await canvas.getByText("опублікувати push-сповіщення").waitFor();
    expect(await page.locator("html").getAttribute("lang")).toBe("uk");
  });

  it("is that of the problems, and of the search, which knows English, too", async () => {
    await editor.page.context().close();
    editor = await Editor.blank(browser, { locale: "de-AT" });
    const { page } = editor;
    await page.goto(await server.signInLink());
    await page.getByRole("button", { name: "Neuer Ablauf" }).click();
    await editor.isOpen();

    const search = page.getByRole("searchbox", { name: "Blöcke suchen" });
    const found = page.locator(".blocklyFlyout .blocklyDraggable");
    for (const word of ["Schlüssel des Objekts", "keys of object"]) {
      await search.fill(word);
      await expect.poll(() => found.first().getAttribute("class")).toContain("objects_keys");
    }
    await editor.dragFromPalette("keys of object", { x: 760, y: 700 }, "Blöcke suchen");
    await editor.blocks("objects_keys").waitFor();
    await page.getByRole("tab", { name: /^Probleme/ }).click();
    await page.getByText("in `OBJECT` von `objects_keys` steckt nichts").waitFor();
  });
});
