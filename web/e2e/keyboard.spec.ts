import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launch } from "./browser";
import { Editor } from "./editor";
import { Server } from "./server";

let browser: Browser;
let server: Server;

beforeAll(async () => {
  browser = await launch();
  server = await Server.start();
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

/** Presses Tab until what has the focus goes by this name. */
async function tabTo(editor: Editor, name: RegExp): Promise<void> {
  for (let presses = 0; presses < 80; presses++) {
    await editor.page.keyboard.press("Tab");
    const focused = await editor.page.evaluate(() => {
      const element = document.activeElement;
      return `${element?.getAttribute("aria-label") ?? ""} ${element?.textContent ?? ""}`.trim();
    });
    if (name.test(focused)) return;
  }
  throw new Error(`Tab never comes to ${String(name)}`);
}

describe("by keyboard alone", () => {
  it("a flow is made, a block added, run, stepped back, saved and made live", async () => {
    const editor = await Editor.blank(browser);
    const { keyboard } = editor.page;
    await editor.signIn(server);
    await tabTo(editor, /^New flow$/);
    await keyboard.press("Enter");
    await editor.isOpen();

    // The palette's search, then the arrow into what it has found; Enter takes the block, the
    // second Enter puts it down.
    await tabTo(editor, /^Search for blocks/);
    await keyboard.type("print");
    await editor.page.locator(".blocklyFlyout .text_print").waitFor();
    await keyboard.press("ArrowDown");
    await keyboard.press("Enter");
    await keyboard.press("Enter");
    await editor.blocks("text_print").first().waitFor();
    await editor.state("Not saved").waitFor();

    await keyboard.press("ControlOrMeta+s");
    await editor.told("Saved.");
    await tabTo(editor, /^Phone$/);
    await keyboard.press("ArrowRight");
    await tabTo(editor, /Try it/);
    await keyboard.press("Enter");
    await editor.page.getByRole("tabpanel").getByText("Completed").waitFor();
    await editor.timeline.waitFor();
    const slider = editor.timeline.getByRole("slider");
    for (let presses = 0; presses < 80; presses++) {
      await keyboard.press("Shift+Tab");
      if (await slider.evaluate((one) => one === document.activeElement)) break;
    }
    await keyboard.press("End");
    await editor.executing.first().waitFor();
    await keyboard.press("Home");
    expect(await slider.inputValue()).toBe("0");

    for (let presses = 0; presses < 80; presses++) {
      await keyboard.press("Shift+Tab");
      const focused = await editor.page.evaluate(() => document.activeElement?.textContent ?? "");
      if (/Make live/.test(focused)) break;
    }
    await keyboard.press("Enter");
    await editor.state("Live, version 1").waitFor();
    expect(editor.problems).toEqual([]);
    await editor.page.context().close();
  });
});
