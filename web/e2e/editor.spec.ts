import type { Browser } from "playwright-core";
import { describe, expect, it } from "vitest";
import { Editor } from "./editor";
import { eachTestAfresh } from "./fresh";
import { Server } from "./server";

let server: Server;
let editor: Editor;
let browser: Browser;

eachTestAfresh((...given) => {
  [server, editor, browser] = given;
});

const push = "messaging_publish_push";

/** Fields of a fresh publish block: channel, message, ticker, title, text, alert. */
const TITLE = 3;
const TEXT = 4;

describe("signing in", () => {
  it("is served with nothing inline and from nowhere else", async () => {
    const { headers } = await fetch(server.url);
    const policy = headers.get("content-security-policy");
    expect(policy).toContain("default-src 'self'");
    expect(policy).not.toContain("unsafe");
  });

  it("takes the token out of the address, and a link is good once", async () => {
    expect(new URL(editor.page.url()).hash).not.toContain("sign-in");
    const link = await server.signInLink();
    const other = await Editor.blank(browser);
    await other.page.goto(link);
    await other.page.getByRole("heading", { level: 1, name: "Flows" }).waitFor();
    await other.page.context().clearCookies();
    await other.page.goto("about:blank");
    await other.page.goto(link);
    await other.page.getByRole("alert").waitFor();
    await other.page.context().close();
  });

  it("ends with signing out", async () => {
    await editor.page.getByRole("button", { name: "Sign out" }).click();
    await editor.page.getByRole("heading", { name: "Sign in" }).waitFor();
    await editor.page.reload();
    await editor.page.getByRole("heading", { name: "Sign in" }).waitFor();
  });
});

describe("assembling", () => {
  it("draws the phone while the author types", async () => {
    await editor.newFlow();
    const block = editor.blocks(push).first();
    await editor.type(editor.nthField(block, TITLE), "Tea is read");
    await editor.phone("Android").getByText("Tea is read", { exact: true }).waitFor();
    await editor.page.keyboard.type("y");
    await editor.phone("Android").getByText("Tea is ready", { exact: true }).waitFor();
    // Only Android was given something, so nothing goes to the iPhone.
    await editor.phone("iPhone").getByText("No notifications").waitFor();
  });

  it("snaps what is dragged out of the palette under a block and into a socket", async () => {
    await editor.newFlow();
    const block = editor.blocks(push).first();
    await editor.dragFromPalette("print", await editor.below(block));
    await editor.blocks(push).locator(".text_print").waitFor();
    await editor.dragFromPalette("length of", await editor.at(editor.nthField(block, 1)));
    await editor.blocks(push).locator(".text_length, .lists_length").first().waitFor();
  });

  it("refuses a plug that doesn't fit, and says why", async () => {
    await editor.newFlow();
    const block = editor.blocks(push).first();
    await editor.dragFromPalette("create empty list", await editor.at(editor.nthField(block, 0)));
    await editor.told("the socket takes text, the block gives list");
    expect(await block.locator(".lists_create_empty").count()).toBe(0);
  });

  it("turns the publish block into a value and back without losing its inputs", async () => {
    await editor.newFlow();
    const block = editor.blocks(push).first();
    await editor.type(editor.nthField(block, TITLE), "kept");
    await editor.page.keyboard.press("Enter");
    const tick = block.locator(".blocklyCheckboxField").last();
    await tick.click();
    await editor.blocks("trigger_start").first().waitFor();
    expect(await editor.blocks("trigger_start").locator(`.${push}`).count()).toBe(0);
    await editor.field(editor.blocks(push).first(), "kept").waitFor();
    await editor.page.getByRole("button", { name: "Undo" }).click();
    await editor.blocks("trigger_start").locator(`.${push}`).waitFor();
    await editor.field(editor.blocks(push).first(), "kept").waitFor();
    await editor.page.getByRole("button", { name: "Redo" }).click();
    await expect.poll(() => editor.blocks("trigger_start").locator(`.${push}`).count()).toBe(0);
  });

  it("finds blocks by synonym, and says when there is none", async () => {
    await editor.newFlow();
    const search = editor.page.getByRole("searchbox", { name: "Search for blocks" });
    await search.fill("notify");
    await editor.page.locator(`.blocklyFlyout .${push}`).waitFor();
    await search.fill("qqqq");
    await editor.page.getByText("No block fits.").waitFor();
  });

  it("copies a block in one tab and pastes it in another", async () => {
    await editor.newFlow();
    await editor.dragFromPalette("print", { x: 900, y: 300 });
    await editor.blocks("text_print").first().waitFor();
    await editor.page.keyboard.press("ControlOrMeta+c");
    const other = await editor.anotherTab();
    await other.page.goto(`${server.url}/`);
    await other.newFlow();
    await other.canvas.click({ position: { x: 700, y: 60 } });
    await other.page.keyboard.press("ControlOrMeta+v");
    await other.blocks("text_print").first().waitFor();
    expect(other.problems).toEqual([]);
  });

  it("finds words in the flow", async () => {
    await editor.fromGallery("Order shipped");
    await editor.canvas.click({ position: { x: 800, y: 40 } });
    await editor.page.keyboard.press("ControlOrMeta+f");
    await editor.page.getByRole("textbox", { name: "Find in the flow" }).fill("Publish");
    await editor.page.locator(".blocklyBlockCanvas .found").first().waitFor();
    await editor.page.getByRole("search").getByText("1 / 1").waitFor();
  });
});

describe("problems", () => {
  it("are shown on the block and in a list that leads to it, and hinder going live", async () => {
    await editor.newFlow();
    await editor.dragFromPalette("script", { x: 850, y: 200 });
    const script = editor.blocks("script_value").first();
    await editor.nthField(script, 0).click();
    const dialog = editor.page.getByRole("dialog", { name: "Script" });
    await dialog.getByRole("textbox", { name: "Script" }).waitFor();
    await editor.page.keyboard.press("ControlOrMeta+a");
    await editor.page.keyboard.type("a + pirce");
    await dialog.getByRole("button", { name: "Done" }).click();
    await editor.page.locator(".blocklyBlockCanvas .script_value.has-error").waitFor();
    const panel = await editor.panel("Problems");
    await editor.canvas.click({ position: { x: 300, y: 700 } });
    await panel
      .getByRole("listitem")
      .filter({ hasText: "undefined variable: pirce" })
      .getByRole("button")
      .click();
    await editor.page.locator(".script_value > .blocklyPathSelected").waitFor();
    await editor.page.getByRole("button", { name: "Make live" }).click();
    await editor.told(/pirce|error/);
    await editor.state("Draft").waitFor();
    await editor.page.getByRole("button", { name: "Undo" }).click();
    await editor.page.locator(".has-error").first().waitFor({ state: "detached" });
  });
});

describe("running", () => {
  it("steps back to the block that made the title", async () => {
    await editor.fromGallery("Order shipped");
    const panel = await editor.panel("Run");
    await panel.getByRole("button", { name: "Try it" }).click();
    await panel.getByText("Completed").waitFor();
    await editor.stepBackTo("lists_split");
    await panel.getByText('"tea').first().waitFor();
    await editor.stepBackTo("lists_map");
    await editor.page.locator(".moment").getByText('items = ["tea"').waitFor();
    const variables = panel.getByLabel("VARIABLES");
    await variables.getByText("nothing").first().waitFor();
    // Dragging the timeline shows the end again: what was published.
    const track = editor.timeline.getByRole("slider");
    await track.focus();
    await editor.page.keyboard.press("End");
    await panel.getByRole("list", { name: "PUBLISHED SO FAR" }).getByText("Your order").waitFor();
  });

  it("stops at the block that failed, and says what to do", async () => {
    await editor.fromGallery("Order shipped");
    const panel = await editor.panel("Run");
    await panel.getByRole("button", { name: "JSON" }).click();
    await panel.getByRole("textbox").fill("{}");
    await panel.getByRole("button", { name: "Try it" }).click();
    await panel.getByText("Failed").waitFor();
    await editor.page.locator(".blocklyBlockCanvas .failed.lists_map").waitFor();
    await panel.getByText("put a list into").waitFor();
  });

  it("for real brings the push to the phones", async () => {
    await editor.newFlow();
    await editor.type(editor.nthField(editor.blocks(push).first(), TEXT), "It has come");
    await editor.page.keyboard.press("Enter");
    const android = editor.phone("Android");
    await server.hasDevice("android-phone");
    const panel = await editor.panel("Run");
    await panel.getByRole("button", { name: "Run for real" }).click();
    await panel.getByText("Completed").waitFor();
    await editor.panel("Phone");
    // One is drawn as a preview; the other has arrived.
    await expect.poll(() => android.getByText("It has come").count()).toBe(2);
  });
});

describe("a stored flow", () => {
  it("goes live, is set off from outside, is compared, and is rolled back", async () => {
    await editor.fromGallery("Order shipped");
    const { page } = editor;
    await page.getByRole("button", { name: "Make live" }).click();
    await editor.state("Live, version 1").waitFor();

    await server.emit("order-shipped", { id: 1, deviceId: "none", items: [{ name: "jam" }] });
    const runs = await editor.panel("Runs");
    await runs.getByRole("button", { name: "Refresh" }).click();
    await runs.getByRole("list").getByRole("button").first().click();
    await editor.timeline.getByText("Run of version 1").waitFor();
    const stepper = page.getByRole("tabpanel");
    await stepper.getByText("jam").first().waitFor();
    await editor.timeline.getByRole("button", { name: "Close the run" }).click();

    const title = editor.field(editor.blocks(push).first(), "Your order is on its way");
    await editor.type(title, "Changed title");
    await page.keyboard.press("Enter");
    await editor.state("Not saved").waitFor();
    await page.keyboard.press("ControlOrMeta+s");
    await editor.told("Saved.");
    await page.getByRole("button", { name: "Make live" }).click();
    await editor.state("Live, version 2").waitFor();

    const versions = await editor.panel("Versions");
    const first = versions.getByRole("listitem").filter({ hasText: "Version 1" });
    await first.getByRole("button", { name: "Compare" }).click();
    const dialog = page.getByRole("dialog", { name: "What has changed" });
    await dialog.getByText("Changed: 1").waitFor();
    await dialog.locator(".diff-changed").first().waitFor();
    await dialog.getByText("Changed title").first().waitFor();
    await page.keyboard.press("Escape");
    await first.getByRole("button", { name: "Roll back" }).click();
    await editor.state("Live, version 1").waitFor();
  });

  it("that was saved by somebody else meanwhile is compared, and nothing is lost", async () => {
    await editor.newFlow();
    const other = await editor.anotherTab();
    await other.page.goto(editor.page.url());
    await other.isOpen();
    await editor.type(editor.nthField(editor.blocks(push).first(), TITLE), "first");
    await editor.page.keyboard.press("Enter");
    await editor.page.getByRole("button", { name: "Save" }).click();
    await editor.told("Saved.");
    await other.type(other.nthField(other.blocks(push).first(), TITLE), "second");
    await other.page.keyboard.press("Enter");
    await other.page.getByRole("button", { name: "Save" }).click();
    const dialog = other.page.getByRole("dialog", { name: "Somebody else has saved this flow" });
    await dialog.getByText("first").first().waitFor();
    await dialog.getByRole("button", { name: "Save mine over it" }).click();
    await other.told("Saved.");
    await editor.page.reload();
    await editor.isOpen();
    await editor.field(editor.blocks(push).first(), "second").waitFor();
  });

  it("keeps unsaved work through a reload, and says so", async () => {
    await editor.newFlow();
    await editor.type(editor.nthField(editor.blocks(push).first(), TITLE), "not saved");
    await editor.page.keyboard.press("Enter");
    await editor.state("Not saved").waitFor();
    await editor.page.reload();
    await editor.isOpen();
    await editor.page.getByText("was kept in this browser").waitFor();
    await editor.field(editor.blocks(push).first(), "not saved").waitFor();
    await editor.page.getByRole("button", { name: "Discard it" }).click();
    await expect.poll(() => editor.field(editor.blocks(push).first(), "not saved").count()).toBe(0);
  });

  it("whose blocks are gone says so, and is neither lost nor run", async () => {
    const { page } = editor;
    server.blocks = "tests/blocks";
    await server.kill();
    await server.up();
    await editor.newFlow();
    const message = editor.nthField(editor.blocks(push).first(), 1);
    await editor.dragFromPalette("points for orders", await editor.at(message));
    await editor.blocks(push).locator(".loyalty_points").waitFor();
    await page.getByRole("button", { name: "Make live" }).click();
    await editor.state("Live, version 1").waitFor();

    server.blocks = "";
    await server.kill();
    await server.up();
    await page.reload();
    await editor.state("Can't run, version 1").waitFor();
    await page.getByText(/events don't set it off any more: .*loyalty_points/).waitFor();
    await editor.blocks(push).first().waitFor();
    await editor.canvas.getByText("loyalty_points").first().waitFor();
    await editor.type(editor.nthField(editor.blocks(push).first(), 2), "Still edited");
    await page.keyboard.press("Enter");
    await editor.state("Not saved").waitFor();
    await page.keyboard.press("ControlOrMeta+s");
    await editor.told("Saved.");
    await page.getByRole("link", { name: "Flows" }).first().click();
    const list = page.getByRole("list", { name: "Flows" });
    await list.getByText("Can't run, version 1").waitFor();

    // The library is back, and so is all of the flow.
    server.blocks = "tests/blocks";
    await server.kill();
    await server.up();
    await page.reload();
    await list.getByText("Live, version 1").waitFor();
    await list.getByRole("link").click();
    await editor.isOpen();
    await editor.blocks(push).locator(".loyalty_points").getByText("silver").waitFor();
    await editor.field(editor.blocks(push).first(), "Still edited").waitFor();
  });

  it("is exported, and imported again", async () => {
    await editor.fromGallery("Price alert");
    const waiting = editor.page.waitForEvent("download");
    await editor.page.getByRole("link", { name: "Export" }).click();
    const file = await (await waiting).path();
    await editor.page.getByRole("link", { name: "Flows" }).first().click();
    await editor.page.locator("input[type=file]").setInputFiles(file);
    await editor.isOpen();
    await editor.blocks(push).first().waitFor();
  });
});
