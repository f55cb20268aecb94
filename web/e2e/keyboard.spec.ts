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

const push = "messaging_publish_push";

/** Somebody without a mouse, who knows of what has the focus only what a screen reader tells. */
class Keys {
  constructor(readonly editor: Editor) {}

  async press(...keys: string[]): Promise<void> {
    const { page } = this.editor;
    for (const key of keys) {
      await page.keyboard.press(key);
      // Nobody is faster than what is drawn.
      await page.evaluate(
        () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
      );
    }
  }

  type(text: string): Promise<void> {
    return this.editor.page.keyboard.type(text);
  }

  /** What has the focus, in words: its label or text, and what describes it. */
  heard(): Promise<string> {
    return this.editor.page.evaluate(() => {
      const element = document.activeElement;
      if (element === document.body) return "";
      const labels = [...((element as HTMLInputElement | null)?.labels ?? [])];
      const words = element?.getAttribute("aria-label") ?? "";
      const described = element?.getAttribute("aria-description") ?? "";
      const value = element?.getAttribute("aria-valuetext") ?? "";
      const texts = [...labels.map(({ textContent }) => textContent), element?.textContent];
      return [words, value, described, ...texts].join(" ").replace(/\s+/g, " ").trim();
    });
  }

  /** Presses a key until what has the focus goes by this name. */
  async until(key: string, name: RegExp): Promise<void> {
    const all: string[] = [];
    for (let presses = 0; presses < 90; presses++) {
      await this.press(key);
      const heard = await this.heard();
      if (name.test(heard)) return;
      all.push(heard.slice(0, 60));
    }
    throw new Error(`${key} never comes to ${String(name)}, but to: ${all.join(" / ")}`);
  }

  /** Looks for a block, takes the first that is found, and puts it where it fits. */
  async take(query: string, type: string): Promise<void> {
    await this.until("Shift+Tab", /^Search for blocks/);
    await this.press("ControlOrMeta+a");
    await this.type(query);
    await this.editor.page.locator(`.blocklyFlyout .${type}`).first().waitFor();
    await this.press("ArrowDown", "Enter", "Enter");
    await this.editor.blocks(type).first().waitFor();
  }

  /** Opens a panel beside the canvas. */
  async panel(name: RegExp): Promise<void> {
    await this.until("Tab", /^(Phone|Run|Problems|Versions|Runs)( \d+)?$/);
    if (!name.test(await this.heard())) await this.until("ArrowRight", name);
  }
}

describe("by keyboard alone", () => {
  it("the whole story is gone through, from signing in to rolling back", async () => {
    const editor = await Editor.blank(browser);
    const { page } = editor;
    const keys = new Keys(editor);

    // Signing in, and a new flow.
    await page.goto(server.url);
    await keys.until("Tab", /^Sign-in link/);
    await keys.type(await server.signInLink());
    await keys.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Flows" }).waitFor();
    await keys.until("Tab", /^New flow$/);
    await keys.press("Enter");
    await editor.isOpen();

    // Typing shows on the phone; blocks of the palette go under the publish block and into it.
    await keys.until("Tab", /stack of blocks/);
    await keys.until("ArrowDown", /^Publish Push/);
    await keys.take("print", "text_print");
    await editor.blocks(push).locator(".text_print").waitFor();
    await keys.until("ArrowUp", /^Publish Push/);
    await keys.until("ArrowRight", /^Edit text.*Android notification title/);
    await keys.press("Enter");
    expect(await keys.heard()).toBe("Android notification title");
    await keys.type("Tea is read");
    await editor.phone("Android").getByText("Tea is read", { exact: true }).waitFor();
    await keys.type("y");
    await editor.phone("Android").getByText("Tea is ready", { exact: true }).waitFor();
    await keys.press("Enter", "ArrowLeft");
    await keys.take("upper case", "text_changeCase");
    const changed = editor.blocks(push).locator(".text_changeCase");
    await changed.waitFor();
    expect(await keys.heard()).toContain("Android notification title");
    await keys.until("ArrowRight", /^Edit text: abc/);
    await keys.press("Enter", "ControlOrMeta+a");
    await keys.type("tea is ready");
    await keys.press("Enter");

    // For real: the push arrives on the phone.
    await server.hasDevice("android-phone");
    await keys.panel(/^Run$/);
    await keys.until("Tab", /^Run for real$/);
    await keys.press("Enter");
    await page.getByRole("tabpanel").getByText("Completed").waitFor();
    await keys.until("Shift+Tab", /^Run$/);
    await keys.press("ArrowLeft");
    const phone = editor.phone("Android");
    await phone.getByText("TEA IS READY", { exact: true }).first().waitFor();

    // Back to the block that made the title.
    await keys.until("Shift+Tab", /^Step Step \d+ of/);
    await keys.press("End");
    await keys.until("ArrowLeft", /^Step Step \d+ of \d+: .*UPPER CASE.*"TEA IS READY"/);
    await page.locator(".executing.text_changeCase").waitFor();
    await page.locator(".moment").getByText('→ "TEA IS READY"').waitFor();
    await keys.until("Tab", /^Close the run$/);
    await keys.press("Enter");

    // Mistyping is told on the block and in the list, which leads to it.
    await keys.until("ArrowUp", /^Publish Push/);
    await keys.until("ArrowRight", /^Edit text.*Android notification text/);
    await keys.press("ArrowLeft");
    await keys.take("script", "script_value");
    const script = editor.blocks(push).locator(".script_value");
    await keys.until("ArrowRight", /^Edit a \+ b/);
    await keys.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Script" });
    await dialog.getByRole("textbox", { name: "Script" }).waitFor();
    await keys.press("ControlOrMeta+a");
    await keys.type("a + pirce");
    await keys.until("Tab", /^Done$/);
    await keys.press("Enter");
    await editor.page.locator(".script_value.has-error").waitFor();
    await keys.panel(/^Problems/);
    await keys.until("Tab", /undefined variable: pirce/);
    await keys.press("Enter");
    await page.locator(".script_value > .blocklyPathSelected").waitFor();
    await keys.press("Delete");
    await script.waitFor({ state: "detached" });
    await page.locator(".has-error").first().waitFor({ state: "detached" });

    // Saving, and going live.
    await keys.press("ControlOrMeta+s");
    await editor.told("Saved.");
    await keys.until("Shift+Tab", /^Make live$/);
    await keys.press("Enter");
    await editor.state("Live, version 1").waitFor();
    expect(editor.problems).toEqual([]);
    await page.context().close();
  });

  it("a run of a live flow is found, two versions are compared, and one is rolled back to", async () => {
    const editor = await Editor.blank(browser);
    const { page } = editor;
    const keys = new Keys(editor);
    await editor.signIn(server);
    await keys.until("Tab", /^Order shipped/);
    await keys.press("Enter");
    await editor.isOpen();
    await keys.until("Tab", /^Make live$/);
    await keys.press("Enter");
    await editor.state("Live, version 1").waitFor();
    await server.emit("order-shipped", { id: 1, deviceId: "none", items: [{ name: "jam" }] });
    await keys.panel(/^Runs$/);
    await keys.until("Tab", /^Refresh$/);
    await keys.press("Enter");
    await page.getByRole("tabpanel").getByRole("listitem").first().waitFor();
    await keys.until("Tab", /^Completed order-shipped/);
    await keys.press("Enter");
    await editor.timeline.getByText("Run of version 1").waitFor();
    await page.getByRole("tabpanel").getByText("jam").first().waitFor();
    await keys.until("Shift+Tab", /^Close the run$/);
    await keys.press("Enter");

    await keys.until("ArrowDown", /^Publish Push/);
    await keys.until("ArrowRight", /^Edit text: Your order is on its way/);
    await keys.press("Enter", "ControlOrMeta+a");
    await keys.type("Changed title");
    await keys.press("Enter");
    await editor.state("Not saved").waitFor();
    await keys.press("ControlOrMeta+s");
    await editor.told("Saved.");
    await keys.until("Shift+Tab", /^Make live$/);
    await keys.press("Enter");
    await editor.state("Live, version 2").waitFor();

    await keys.panel(/^Versions$/);
    const versions = page.getByRole("tabpanel");
    await versions.getByRole("listitem").filter({ hasText: "Version 2" }).waitFor();
    // The newest first: its own comparison comes before that of the version to go back to.
    await keys.until("Tab", /^Compare$/);
    await keys.until("Tab", /^Compare$/);
    await keys.press("Enter");
    const dialog = page.getByRole("dialog", { name: "What has changed" });
    await dialog.getByText("Changed: 1").waitFor();
    await dialog.getByText("Changed title").first().waitFor();
    await keys.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await keys.until("Tab", /^Roll back$/);
    await keys.press("Enter");
    await editor.state("Live, version 1").waitFor();
    expect(editor.problems).toEqual([]);
    await page.context().close();
  });

  it.each([
    // To the block in the next socket, its field, and the empty sockets of badge and headers.
    { from: /^Edit text.*Android notification text/, presses: 4 },
    { from: /^Edit text.*iOS alert message/, presses: 2 },
  ])("$presses arrow keys may be pressed before anything is drawn", async ({ from, presses }) => {
    const editor = await Editor.blank(browser);
    const keys = new Keys(editor);
    await editor.signIn(server);
    await editor.newFlow();
    await keys.until("Tab", /stack of blocks/);
    await keys.until("ArrowDown", /^Publish Push/);
    await keys.until("ArrowRight", from);
    await editor.page.evaluate((presses) => {
      const init = { key: "ArrowRight", code: "ArrowRight", keyCode: 39, bubbles: true };
      for (let press = 0; press < presses; press++) {
        document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", init));
      }
      return new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    }, presses);
    await keys.press("ArrowRight");
    expect(await keys.heard()).toMatch(/^checkbox return result/);
    await editor.page.context().close();
  });
});
