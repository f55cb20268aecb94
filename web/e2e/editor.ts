/** The editor as a person uses it: with mouse and keys. */

import {
  type Browser,
  type BrowserContextOptions,
  expect,
  type Locator,
  type Page,
} from "./playwright";
import type { Server } from "./server";

/** Where something is dropped, relative to the canvas or to a block, in pixels. */
export interface Place {
  x: number;
  y: number;
}

/** Milliseconds within which the page has to show what is waited for. */
const WAIT_MS = 12_000;

export class Editor {
  /** What went wrong in the page: errors, and whatever its policy forbade. */
  readonly problems: string[] = [];

  private constructor(readonly page: Page) {
    // Sooner than the test's own time, so that what was waited for is told.
    page.setDefaultTimeout(WAIT_MS);
    page.on("pageerror", (error) => this.problems.push(error.stack ?? error.message));
    page.on("console", (line) => {
      if (/content security policy/i.test(line.text())) this.problems.push(line.text());
    });
  }

  static async blank(browser: Browser, options: BrowserContextOptions = {}): Promise<Editor> {
    const viewport = { width: 1440, height: 900 };
    const context = await browser.newContext({ viewport, locale: "en-US", ...options });
    return new Editor(await context.newPage());
  }

  /** Another tab of the same person. */
  async anotherTab(): Promise<Editor> {
    return new Editor(await this.page.context().newPage());
  }

  /** Signs in by a link, as the server's start prints it. */
  async signIn(server: Server): Promise<void> {
    await this.page.goto(await server.signInLink());
    await this.page.getByRole("heading", { level: 1, name: "Flows" }).waitFor();
  }

  async newFlow(): Promise<void> {
    await this.page.getByRole("button", { name: "New flow" }).click();
    await this.isOpen();
  }

  async fromGallery(name: string): Promise<void> {
    const gallery = this.page.getByRole("list", { name: "Start from a flow that works" });
    await gallery.getByRole("button", { name }).click();
    await this.isOpen();
  }

  async isOpen(): Promise<void> {
    await this.page.getByRole("tree").waitFor();
    await this.canvas.locator(".blocklyDraggable").first().waitFor();
  }

  /** The canvas; the palette's flyout is no part of it. */
  get canvas(): Locator {
    return this.page.locator(".injectionDiv > .blocklySvg").first();
  }

  /** The blocks of a type on the canvas. */
  blocks(type: string): Locator {
    return this.canvas.locator(`.blocklyBlockCanvas .${type}`);
  }

  /** A text field on a block, by the text it shows. */
  field(block: Locator, text: string): Locator {
    return block.locator(".blocklyEditableField", { hasText: text }).first();
  }

  /** The n-th text field on a block. */
  nthField(block: Locator, n: number): Locator {
    return block.locator(".blocklyEditableField").nth(n);
  }

  /** Opens the list to choose from that a block's socket offers. */
  async openPicker(block: Locator): Promise<void> {
    await block.getByRole("button", { name: /^Choose (devices|a template)/ }).click();
  }

  async type(field: Locator, text: string): Promise<void> {
    await field.click();
    await this.page.keyboard.press("ControlOrMeta+a");
    await this.page.keyboard.type(text);
  }

  /** Looks for a block in the palette and drags the first that is found to a place on the page. */
  async dragFromPalette(query: string, to: Place, search = "Search for blocks"): Promise<void> {
    await this.page.getByRole("searchbox", { name: search }).fill(query);
    const found = this.page.locator(".blocklyFlyout .blocklyDraggable").first();
    await found.waitFor();
    const from = await boxOf(found);
    await this.drag({ x: from.x + 14, y: from.y + 12 }, to);
  }

  /** Drags from one place of the page to another, as a hand does: not at once. */
  async drag(from: Place, to: Place): Promise<void> {
    const { mouse } = this.page;
    await mouse.move(from.x, from.y);
    await mouse.down();
    await mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 5 });
    await mouse.move(to.x, to.y, { steps: 8 });
    await mouse.up();
  }

  /** Just below a stack's last block, where the next one snaps. */
  async below(block: Locator): Promise<Place> {
    const box = await boxOf(block.locator(":scope > .blocklyPath"));
    return { x: box.x + 16, y: box.y + box.height + 8 };
  }

  /** Inside a socket's shadow, where a value snaps: grabbed at its left edge. */
  async at(target: Locator): Promise<Place> {
    const box = await boxOf(target);
    return { x: box.x + 6, y: box.y + box.height / 2 };
  }

  async panel(name: string): Promise<Locator> {
    await this.page.getByRole("tab", { name: new RegExp(`^${name}( |$)`) }).click();
    return this.page.getByRole("tabpanel");
  }

  phone(name: "Android" | "iPhone"): Locator {
    return this.page.getByRole("region", { name, exact: true });
  }

  /** The words that come up for a while. */
  async told(text: string | RegExp): Promise<void> {
    await this.page.locator(".toasts").getByText(text).first().waitFor();
  }

  state(text: string): Locator {
    return this.page.locator("header .states").getByText(text);
  }

  get timeline(): Locator {
    return this.page.getByRole("region", { name: "Timeline of the run" });
  }

  /** The block that the stepper marks. */
  get executing(): Locator {
    return this.page.locator(".blocklyBlockCanvas .executing");
  }

  /** Goes through the run from its end to its beginning until the executing block is of a type. */
  async stepBackTo(type: string): Promise<void> {
    const back = this.timeline.getByRole("button", { name: "One step back" });
    await this.timeline.getByRole("button", { name: "To the end" }).click();
    while ((await this.page.locator(`.blocklyBlockCanvas .executing.${type}`).count()) === 0) {
      expect(await back.isEnabled(), `no step of the run executes ${type}`).toBe(true);
      await back.click();
    }
  }
}

async function boxOf(
  target: Locator,
): Promise<{ x: number; y: number; width: number; height: number }> {
  const box = await target.boundingBox();
  if (!box) throw new Error(`${String(target)} is not to be seen`);
  return box;
}
