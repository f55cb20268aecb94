import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launch } from "./browser";
import { Editor } from "./editor";
import { Server } from "./server";

/** What of axe's report the test reads. */
interface Violation {
  id: string;
  impact: string | null;
  nodes: { html: string; failureSummary?: string }[];
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A template with all that its page can show. */
const template = {
  name: "order-shipped",
  message: "Hello {name|there}",
  options: {
    android: {
      contentTitle: "Order {number}",
      attachmentUrl: "https://pictures.example/parcel.png",
      sound: "gong",
      actions: [{ id: "answer", title: "Answer", inlineReply: true }],
    },
  },
  locales: { de: { message: "Hallo {name|du}" } },
};

let browser: Browser;
let server: Server;

beforeAll(async () => {
  browser = await launch();
  server = await Server.start();
  await server.publish("A message to list", { "android-content-title": "Listed" });
  await server.keepTemplate(template);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

/** Serious and critical violations, each with an element that shows it. */
async function violations(editor: Editor): Promise<string[]> {
  // The policy forbids inline scripts to the page; what the driver evaluates isn't the page's.
  await editor.page.evaluate(axe);
  const found = await editor.page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: { run: (root: Document, options: object) => Promise<{ violations: unknown[] }> };
    };
    return (await axe.run(document, { resultTypes: ["violations"] })).violations;
  });
  return (found as Violation[])
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
}

const PAGES = ["Flows", "Runs", "Templates", "Messages", "Devices", "Phones", "Keys"];

describe.each(["light", "dark"] as const)("no serious violation in %s:", (colorScheme) => {
  it("the sign-in page", async () => {
    const editor = await Editor.blank(browser, { colorScheme });
    await editor.page.goto(server.url);
    await editor.page.getByRole("heading", { name: "Sign in" }).waitFor();
    expect(await violations(editor)).toEqual([]);
    await editor.page.context().close();
  });

  it("the pages to manage with", async () => {
    const editor = await Editor.blank(browser, { colorScheme });
    await editor.signIn(server);
    for (const name of PAGES) {
      await editor.page.getByRole("navigation").getByRole("link", { name, exact: true }).click();
      await editor.page.getByRole("heading", { level: 1, name }).waitFor();
      await editor.page.locator(".table, .panel, .phone, .flows").first().waitFor();
      expect(await violations(editor), name).toEqual([]);
    }
    await editor.page.context().close();
  });

  it("a template and its dialogs", async () => {
    const editor = await Editor.blank(browser, { colorScheme });
    const { page } = editor;
    await editor.signIn(server);
    await page.getByRole("navigation").getByRole("link", { name: "Templates" }).click();
    await page.getByRole("link", { name: template.name }).click();
    await editor.phone("Android").getByText("Hello there").waitFor();
    expect(await violations(editor), "the page").toEqual([]);
    await page.getByLabel("Colour", { exact: true }).fill("#12");
    await page.getByText("write a colour as").waitFor();
    expect(await violations(editor), "a field that is wrong").toEqual([]);
    await page.getByRole("button", { name: "Insert a value" }).first().click();
    expect(await violations(editor), "inserting a value").toEqual([]);
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
    await page.getByLabel("Colour", { exact: true }).fill("#112233");
    await page.getByText("German (de)").click();
    await editor.phone("iPhone").getByText("Hallo du").waitFor();
    expect(await violations(editor), "a language").toEqual([]);
    await page.context().close();
  });

  it("choosing devices", async () => {
    const editor = await Editor.blank(browser, { colorScheme });
    await editor.signIn(server);
    await editor.newFlow();
    await editor.openPicker(editor.blocks("messaging_publish_push").first());
    await editor.page.getByRole("dialog", { name: "Choose devices" }).waitFor();
    expect(await violations(editor)).toEqual([]);
    await editor.page.context().close();
  });

  it("the editor and what is beside it", async () => {
    const editor = await Editor.blank(browser, { colorScheme });
    await editor.signIn(server);
    await editor.fromGallery("Order shipped");
    for (const name of ["Phone", "Run", "Problems", "Versions", "Runs"]) {
      await editor.panel(name);
      expect(await violations(editor), name).toEqual([]);
    }
    await editor.nthField(editor.blocks("messaging_publish_push").first(), 0).click();
    await editor.page.locator(".blocklyHtmlInput").waitFor();
    expect(await violations(editor), "a text that is typed").toEqual([]);
    await editor.page.keyboard.press("Escape");
    await editor.page.getByRole("button", { name: "Find in the flow" }).click();
    await editor.page.getByRole("button", { name: "Overview" }).click();
    expect(await violations(editor), "finding, and the overview").toEqual([]);
    const panel = await editor.panel("Run");
    await panel.getByRole("button", { name: "Try it" }).click();
    await editor.timeline.waitFor();
    expect(await violations(editor), "the stepper").toEqual([]);
    await editor.page.context().close();
  });
});
