import type { Browser, Locator } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launch } from "./browser";
import { Editor } from "./editor";
import { Server } from "./server";

let browser: Browser;
let server: Server;
let editor: Editor;

beforeAll(async () => {
  browser = await launch();
  server = await Server.start();
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

beforeEach(async () => {
  editor = await Editor.blank(browser);
  await editor.signIn(server);
});

afterEach(async () => {
  await editor?.page.context().close();
  expect(editor.problems).toEqual([]);
});

const push = "messaging_publish_push";

/** Chooses from the menu that a right click opens. */
async function choose(on: Locator, item: string | RegExp): Promise<void> {
  await on.click({ button: "right", position: { x: 8, y: 8 } });
  await editor.page.getByRole("menuitem", { name: item }).click();
}

const shape = (block: Locator): Locator => block.locator(":scope > .blocklyPath").first();

describe("a block", () => {
  it("is told in a comment, which is kept with the flow", async () => {
    await editor.newFlow();
    await choose(shape(editor.blocks(push).first()), "Add Comment");
    await editor.canvas.locator(".blocklyCommentIcon").click();
    const comment = editor.canvas.locator("textarea").first();
    await comment.waitFor();
    await comment.fill("Only on weekdays");
    await editor.page.getByRole("button", { name: "Save" }).click();
    await editor.told("Saved.");
    await editor.page.reload();
    await editor.isOpen();
    await editor.canvas.locator(".blocklyCommentIcon").waitFor();
    // It was left open.
    await expect.poll(() => comment.inputValue()).toBe("Only on weekdays");
  });

  it("is collapsed to a line and unfolded, and duplicated with what is in it", async () => {
    await editor.newFlow();
    const block = editor.blocks(push).first();
    await editor.type(editor.nthField(block, 3), "Folded");
    await editor.page.keyboard.press("Enter");
    await choose(shape(block), "Collapse Block");
    await editor.page.locator(`.${push}.blocklyCollapsed`).waitFor();
    // What the phone shows doesn't depend on how the block is drawn.
    await editor.phone("Android").getByText("Folded", { exact: true }).waitFor();
    await choose(shape(block), "Expand Block");
    await editor.field(block, "Folded").waitFor();
    await choose(shape(block), "Duplicate");
    await expect.poll(() => editor.blocks(push).count()).toBe(2);
    await expect.poll(() => editor.canvas.getByText("Folded").count()).toBe(2);
  });

  it("is switched off, and nothing is published", async () => {
    await editor.newFlow();
    await choose(shape(editor.blocks(push).first()), "Disable Block");
    const panel = await editor.panel("Run");
    await panel.getByRole("button", { name: "Try it" }).click();
    await panel.getByText("Completed").waitFor();
    await panel.getByText("Nothing so far.").waitFor();
  });
});

describe("a variable and a function", () => {
  it("are renamed everywhere at once", async () => {
    await editor.fromGallery("Order shipped");
    const variable = editor
      .blocks("variables_set")
      .first()
      .locator(":scope > .blocklyDropdownField");
    expect(await editor.canvas.getByText("items", { exact: true }).count()).toBe(5);
    await variable.click();
    await editor.page.getByRole("option", { name: /^Rename the 'items' variable/ }).click();
    const name = editor.page.getByRole("dialog").getByRole("textbox");
    await name.fill("goods");
    await editor.page.keyboard.press("Enter");
    await expect.poll(() => editor.canvas.getByText("goods", { exact: true }).count()).toBe(4);
    // What is left is the name in the event's data.
    expect(await editor.canvas.getByText("items", { exact: true }).count()).toBe(1);
  });
});

describe("the canvas", () => {
  it("is as high as a small window lets it, and nothing is below that", async () => {
    await editor.page.setViewportSize({ width: 1300, height: 700 });
    await editor.newFlow();
    await editor.phone("iPhone").getByText("Hello", { exact: true }).waitFor();
    const height = await editor.page.evaluate(() => document.documentElement.scrollHeight);
    expect(height).toBe(700);
  });

  it("shows the whole flow in an overview, and a click there goes elsewhere", async () => {
    await editor.fromGallery("Abandoned cart");
    const first = editor.blocks("trigger_event").first();
    await editor.page.getByRole("button", { name: "Overview" }).click();
    const overview = editor.page.locator("canvas.minimap");
    await overview.waitFor();
    const before = await first.boundingBox();
    await overview.click({ position: { x: 120, y: 110 } });
    await expect.poll(async () => (await first.boundingBox())?.y).not.toBe(before?.y);
    await editor.page.getByRole("button", { name: "Zoom to fit" }).click();
    await expect.poll(async () => (await first.boundingBox())?.y ?? -1).toBeGreaterThan(0);
    await editor.page.getByRole("button", { name: "Overview" }).click();
    await overview.waitFor({ state: "detached" });
  });

  it("is tidied up as one act that can be undone", async () => {
    await editor.newFlow();
    await editor.dragFromPalette("print", { x: 700, y: 200 });
    const lone = editor.blocks("text_print").first();
    await lone.waitFor();
    const before = await lone.boundingBox();
    await editor.page.getByRole("button", { name: "Tidy up" }).click();
    await expect.poll(async () => (await lone.boundingBox())?.x).not.toBe(before?.x);
    await editor.page.getByRole("button", { name: "Undo" }).click();
    await expect
      .poll(async () => Math.round((await lone.boundingBox())?.x ?? 0))
      .toBe(Math.round(before?.x ?? 0));
  });
});

describe("a long flow", () => {
  /** Prints that are numbered. */
  function prints(count: number): object {
    let block: object = {};
    for (let n = count; n > 0; n--) {
      const next = n < count ? { next: { block } } : {};
      const text = { block: { type: "text", fields: { TEXT: `line ${n}` } } };
      block = { type: "text_print", inputs: { TEXT: text }, ...next };
    }
    return { workspace: { blocks: { languageVersion: 0, blocks: [block] } } };
  }

  it("shows the blocks that are looked at, wherever they are", async () => {
    const { page } = editor;
    const id = await server.keepFlow("Long", prints(300));
    await page.goto(`${server.url}/#/flows/${id}`);
    await editor.isOpen();
    const line = (n: number): Locator => shape(editor.blocks("text_print").nth(n - 1));
    await line(1).waitFor();
    await line(300).waitFor({ state: "hidden" });

    // By looking for it, by the wheel, and by keys.
    await page.keyboard.press("ControlOrMeta+f");
    await page.keyboard.type("line 300");
    await page.keyboard.press("Enter");
    await line(300).waitFor();
    await line(1).waitFor({ state: "hidden" });
    await page.keyboard.press("Escape");
    await editor.canvas.hover({ position: { x: 600, y: 400 } });
    await page.mouse.wheel(0, -30_000);
    await line(1).waitFor();
    await line(250).waitFor({ state: "hidden" });
    // What has the keyboard stays.
    expect(await line(300).isVisible()).toBe(true);
    const box = await shape(editor.blocks("text_print").first()).boundingBox();
    await page.mouse.click((box?.x ?? 0) + 6, (box?.y ?? 0) + 6);
    for (let n = 0; n < 120; n++) await page.keyboard.press("ArrowDown");
    const focused = page.locator(".blocklyActiveFocus");
    await expect.poll(async () => focused.first().isVisible()).toBe(true);
    expect(await page.evaluate(() => document.activeElement?.ariaLabel)).toMatch(/line \d{2,3}/);
  });
});
