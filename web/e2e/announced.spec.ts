import type { Browser, CDPSession } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { launch } from "./browser";
import { Editor } from "./editor";
import { Server } from "./server";

let browser: Browser;
let server: Server;
let editor: Editor;
let tree: CDPSession;

beforeAll(async () => {
  browser = await launch();
  server = await Server.start();
  editor = await Editor.blank(browser);
  await editor.signIn(server);
  tree = await editor.page.context().newCDPSession(editor.page);
});

afterAll(async () => {
  expect(editor.problems).toEqual([]);
  await browser?.close();
  await server?.stop();
});

/** What a screen reader says of what has the keyboard, from the browser's accessibility tree. */
async function heard(): Promise<string> {
  const { nodes } = await tree.send("Accessibility.getFullAXTree");
  const isFocused = (node: (typeof nodes)[number]): boolean =>
    Boolean(node.properties?.some(({ name, value }) => name === "focused" && value.value));
  const node = nodes.findLast(isFocused);
  const property = (wanted: string): unknown =>
    node?.properties?.find(({ name }) => name === wanted)?.value.value;
  const role = property("roledescription") ?? node?.role?.value;
  // The protocol tells the number of a native slider, screen readers the text that stands for it.
  const value = await editor.page.evaluate(() => document.activeElement?.ariaValueText);
  const said = [node?.name?.value, role, value, node?.description?.value];
  return said.filter(Boolean).join(", ");
}

/** Waits until a region that is announced by itself says this. */
async function told(words: string | RegExp): Promise<void> {
  const regions = editor.page.locator('[role="status"], [role="alert"], [aria-live="polite"]');
  await regions.filter({ hasText: words }).first().waitFor({ state: "attached" });
}

async function press(...keys: string[]): Promise<void> {
  for (const key of keys) await editor.page.keyboard.press(key);
}

/** Presses a key until something that is called so has the keyboard. */
async function until(key: string, name: RegExp): Promise<void> {
  const all: string[] = [];
  for (let presses = 0; presses < 60; presses++) {
    await press(key);
    const said = await heard();
    if (name.test(said)) return;
    all.push(said.slice(0, 50));
  }
  throw new Error(`${key} never comes to ${String(name)}, but to: ${all.join(" / ")}`);
}

const push = "messaging_publish_push";

/** Two prints, and a script with a mistake. */
const mistaken = {
  workspace: {
    blocks: {
      languageVersion: 0,
      blocks: [
        {
          type: "trigger_start",
          next: {
            block: {
              type: "text_print",
              inputs: {
                TEXT: { block: { type: "script_value", fields: { SCRIPT: "1 + pirce" } } },
              },
            },
          },
        },
      ],
    },
  },
};

describe("a screen reader says", () => {
  it("which part of the palette, which block and which of its fields has the keyboard", async () => {
    await editor.newFlow();
    await editor.page.getByRole("tree", { name: "Blocks" }).waitFor();
    await until("Tab", /stack of blocks, workspace/);
    await until("ArrowDown", /^Begin stack, when the flow is run,.* statement/);
    await until("ArrowDown", /^Publish Push Notification.* statement/);
    await until("ArrowRight", /^Edit text: empty, button, Android notification title$/);
    await press("Enter");
    expect(await heard()).toMatch(/^Android notification title, textbox/);
    await editor.page.keyboard.type("Tea is ready");
    await press("Enter");
    await vi.waitFor(async () => {
      expect(await heard()).toMatch(/^Edit text: Tea is ready, button/);
    });
    await until("ArrowRight", /checkbox.*, return result$/);
  });

  it("where a block is that is moved, and no error while it is in the air", async () => {
    await until("ArrowLeft", /^Publish Push Notification.* statement/);
    await press("m");
    await told(/^Use the arrow keys to move/);
    await press("ArrowRight");
    // Longer than the author's pause after which the flow is checked.
    await editor.page.waitForTimeout(1_000);
    expect(await editor.page.getByRole("tab", { name: /^Problems/ }).innerText()).toBe("Problems");
    await press("Escape");
    await told("Canceled movement.");
  });

  it("what the phone shows, as text", async () => {
    const shown = await editor.phone("Android").getByRole("list").ariaSnapshot();
    expect(shown).toContain("paragraph: Tea is ready");
    expect(shown).toContain('button "Notification Tea is ready"');
  });

  it("what became of a run, and each step of it", async () => {
    await editor.panel("Run");
    await editor.page.getByRole("button", { name: "Try it" }).click();
    await told(/^Completed/);
    const slider = editor.timeline.getByRole("slider");
    await slider.focus();
    expect(await heard()).toMatch(
      /^Step, slider, Step 1 of 1: Publish Push Notification.*; message "Hello"/,
    );
    await editor.timeline.getByRole("button", { name: "Close the run" }).click();
  });

  it("that it is saved, and what the dialog asks; then one is where one was", async () => {
    await press("ControlOrMeta+s");
    await told("Saved.");
    const { page } = editor;
    await page.getByRole("navigation").getByRole("link", { name: "Keys" }).click();
    await page.getByRole("button", { name: "Make a key" }).focus();
    await press("Enter");
    await page.getByRole("dialog", { name: "Make a key" }).waitFor();
    expect(await heard()).toMatch(/^Name, textbox/);
    await press("Escape");
    await expect.poll(heard).toMatch(/^Make a key, button/);
  });

  it("that there is an error, and how to mend it", async () => {
    await server.keepFlow("Mistaken", mistaken);
    const { page } = editor;
    await page.getByRole("navigation").getByRole("link", { name: "Flows" }).click();
    await page.getByRole("link", { name: /^Mistaken/ }).click();
    await editor.isOpen();
    await told("Errors: 1");
    const problems = await (await editor.panel("Problems")).getByRole("list").ariaSnapshot();
    expect(problems).toContain("pirce");
    await page.getByRole("tabpanel").getByRole("button", { name: /pirce/ }).focus();
    await press("Enter");
    await expect.poll(heard).toMatch(/1 \+ pirce.*, value/);
  });
});

describe("stepping with the buttons", () => {
  it("says each block, what it took and what it gave", async () => {
    await editor.page.goto(`${server.url}/#/flows`);
    await editor.fromGallery("Order shipped");
    await editor.panel("Run");
    await editor.page.getByRole("button", { name: "Try it" }).click();
    await told(/^Completed/);
    await editor.timeline.getByRole("button", { name: "One step on" }).click();
    const status = editor.timeline.getByRole("status");
    await expect.poll(() => status.innerText()).toMatch(/^Step 2 of \d+: .+; .+/);
    expect(await editor.blocks(push).count()).toBeGreaterThan(0);
  });
});
