import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { Editor } from "./editor";
import { eachTestAfresh } from "./fresh";
import { Server } from "./server";

let server: Server;
let editor: Editor;
let page: Page;

eachTestAfresh((ofTest, blank) => {
  [server, editor, page] = [ofTest, blank, blank.page];
});

const push = "messaging_publish_push";
const withTemplate = "messaging_push_with_template";

describe("devices", () => {
  it("are searched and chosen by keyboard, and the flow goes to them", async () => {
    // With the two phones of this browser there are 63.
    const many = Array.from({ length: 60 }, (_, n) => `phone-${String(n).padStart(2, "0")}`);
    await server.register(...many, "100%_phone");
    await editor.newFlow();
    await server.hasDevice("android-phone");
    await server.hasDevice("ios-phone");
    const block = editor.blocks(push).first();
    await editor.openPicker(block);
    const dialog = page.getByRole("dialog", { name: "Choose devices" });
    const options = dialog.getByRole("option");
    await expect.poll(() => options.count()).toBe(50);
    // The list goes on where the arrows come to its end.
    await dialog.getByRole("combobox").press("PageDown");
    for (let n = 0; n < 6; n++) await page.keyboard.press("PageDown");
    await expect.poll(() => options.count()).toBe(63);
    await page.keyboard.type("phone-4");
    await dialog.getByText("Use phone-4 as it is typed").waitFor();
    await expect.poll(() => options.count()).toBe(11);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    // A sign that means something in a pattern is found as itself.
    await dialog.getByRole("combobox").fill("%_");
    await dialog.getByRole("option", { name: /^100%_phone/ }).waitFor();
    await expect.poll(() => options.count()).toBe(2);
    await page.keyboard.press("Enter");
    await dialog.getByText("phone-41").waitFor();
    await dialog.getByRole("button", { name: "Take these" }).click();
    const list = block.locator(".lists_create_with");
    await editor.field(list, "phone-41").waitFor();
    await editor.field(list, "100%_phone").waitFor();

    const panel = await editor.panel("Run");
    await panel.getByRole("button", { name: "Try it" }).click();
    await editor.timeline.getByRole("button", { name: "To the end" }).click();
    await panel.getByText("Devices: 2").waitFor();
    await page.getByRole("button", { name: "Undo" }).click();
    await expect.poll(() => list.count()).toBe(0);
  });

  it("that are typed by hand are taken, and warned of while they aren't registered", async () => {
    await server.register("ann-phone");
    await editor.newFlow();
    const block = editor.blocks(push).first();
    await editor.openPicker(block);
    const dialog = page.getByRole("dialog", { name: "Choose devices" });
    await dialog.getByRole("option", { name: /^ann-phone/ }).click();
    await dialog.getByRole("combobox").fill("ben-phone");
    await dialog.getByText("Use ben-phone as it is typed").click();
    await dialog.getByRole("button", { name: "Take these" }).click();
    await editor.field(block.locator(".lists_create_with"), "ben-phone").waitFor();
    const warning = block.locator(":scope > .blocklyIconGroup").first();
    await warning.click();
    await page.getByText("No such device is registered now: ben-phone").waitFor();

    // Opened again, the list knows what is chosen.
    await editor.openPicker(block);
    await dialog.getByRole("button", { name: "Leave out ben-phone" }).click();
    await dialog.getByRole("button", { name: "Take these" }).click();
    await editor.field(block.locator(".lists_create_with"), "ann-phone").waitFor();
    await expect.poll(() => block.locator(":scope > .blocklyIconGroup").count()).toBe(0);
  });
});

describe("templates", () => {
  it("are chosen for the block that pushes them, and the phones show them", async () => {
    await server.keepTemplate({
      name: "welcome",
      message: "Welcome, {name|friend}",
      platforms: ["IOS"],
    });
    await server.keepTemplate({ name: "goodbye", message: "Goodbye" });
    await editor.newFlow();
    await editor.dragFromPalette("template", { x: 760, y: 560 });
    const block = editor.blocks(withTemplate).first();
    await block.waitFor();
    await editor.openPicker(block);
    const dialog = page.getByRole("dialog", { name: "Choose a template" });
    await dialog.getByRole("option", { name: /^goodbye/ }).waitFor();
    await page.keyboard.type("wel");
    await expect.poll(() => dialog.getByRole("option", { name: /^goodbye/ }).count()).toBe(0);
    await page.keyboard.press("Enter");
    await editor.field(block, "welcome").waitFor();
    await editor.phone("iPhone").getByText("Welcome, friend", { exact: true }).waitFor();
    await editor.phone("Android").getByText("No notifications").waitFor();
    // A name that nobody keeps is told, and the phones go on showing what they showed.
    await editor.type(editor.field(block, "welcome"), "welcom");
    await page.getByText("no push template `welcom` exists").waitFor();
    await editor.phone("iPhone").getByText("Welcome, friend", { exact: true }).waitFor();
  });
});
