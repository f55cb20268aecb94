/** Takes pictures of every page in both themes. Run by `make screenshots`; `SHOTS` is the folder. */

import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, test } from "vitest";
import { launch } from "./browser";
import { Editor } from "./editor";
import { Server } from "./server";

const folder = process.env["SHOTS"] ?? resolve(import.meta.dirname, "../../target/screenshots");
const SIZES = [
  { width: 1440, height: 900 },
  { width: 1024, height: 768 },
  // A tablet held upright.
  { width: 820, height: 1180 },
];

/** A template that shows what there is to write. */
const shipped = {
  name: "order-shipped",
  message: "Hello {name|there}, your parcel comes {day|soon}.",
  platforms: ["ANDROID", "IOS"],
  segmentQuery: "tags = 'customer'",
  options: {
    android: {
      contentTitle: "Your order {number|17} is on its way",
      summarySubText: "Shop",
      attachmentUrl: "https://pictures.example/parcel.png",
      colorCode: "#E0792B",
      sound: "gong",
      actions: [
        { id: "track", title: "Track it" },
        { id: "answer", title: "Answer", inlineReply: true, textInputPlaceholder: "Your words" },
      ],
    },
    ios: {
      alertTitle: "Your order {number|17} is on its way",
      alertSubtitle: "Shop",
      attachmentUrl: "https://pictures.example/parcel.png",
      sound: "gong.caf",
      badge: 1,
      actions: [{ id: "track", title: "Track it" }],
    },
  },
  customHeaders: { orderUrl: "https://shop.example/orders/{number}" },
  locales: { de: { message: "Hallo {name|du}, Ihr Paket ist unterwegs." } },
};

let browser: Browser;

beforeAll(async () => {
  browser = await launch();
  await mkdir(folder, { recursive: true });
});

afterAll(async () => {
  await browser?.close();
});

describe.each(SIZES)("$width px", (viewport) => {
  test.each(["light", "dark"] as const)("%s", async (colorScheme) => {
    const server = await Server.start();
    const editor = await Editor.blank(browser, { viewport, colorScheme, deviceScaleFactor: 1.5 });
    const { page } = editor;
    const shoot = async (name: string): Promise<void> => {
      await page.mouse.move(0, 0);
      await page.waitForFunction(() => document.getAnimations().length === 0);
      const path = resolve(folder, `${name}-${viewport.width}-${colorScheme}.png`);
      await page.screenshot({ path });
    };
    try {
      await page.goto(server.url);
      await page.getByRole("heading", { name: "Sign in" }).waitFor();
      await shoot("sign-in");
      await editor.signIn(server);
      await shoot("flows-empty");
      await page.getByRole("navigation").getByRole("link", { name: "Templates" }).click();
      await page.getByRole("heading", { name: "No templates yet" }).waitFor();
      await shoot("templates-empty");
      await page.getByRole("navigation").getByRole("link", { name: "Flows" }).click();
      await editor.fromGallery("Order shipped");
      await editor.phone("Android").getByText("Your order").waitFor();
      await shoot("editor");
      const panel = await editor.panel("Run");
      await panel.getByRole("button", { name: "Try it" }).click();
      await editor.stepBackTo("lists_split");
      await shoot("stepper");
      await editor.timeline.getByRole("button", { name: "Close the run" }).click();
      await page.getByRole("button", { name: "Make live" }).click();
      await editor.state("Live, version 1").waitFor();
      for (const id of [17, 18]) {
        await server.emit("order-shipped", { id, deviceId: "none", items: [{ name: "tea" }] });
      }
      const title = editor.field(
        editor.blocks("messaging_publish_push").first(),
        "Your order is on its way",
      );
      await editor.type(title, "Your parcel is on its way");
      await page.keyboard.press("Enter");
      await editor.panel("Problems");
      await shoot("problems");
      await server.register("ann-phone", "ben-phone");
      await editor.openPicker(editor.blocks("messaging_publish_push").first());
      await page.getByRole("option", { name: /^ann-phone/ }).click();
      await page.getByRole("option", { name: /^ben-phone/ }).waitFor();
      await shoot("choose-devices");
      await page.keyboard.press("Escape");
      const versions = await editor.panel("Versions");
      await shoot("versions");
      await versions.getByRole("button", { name: "Compare" }).click();
      await page.getByRole("dialog").locator(".diff-changed").first().waitFor();
      await shoot("compare");
      await page.keyboard.press("Escape");
      await editor.panel("Runs");
      await page.getByRole("tabpanel").getByRole("listitem").first().waitFor();
      await shoot("editor-runs");
      await server.publish("Tea is ready", { "android-content-title": "Kitchen" });
      await server.keepTemplate(shipped);
      await server.keepTemplate({ name: "price-alert", message: "{item|It} is cheaper now" });
      for (const name of ["Flows", "Runs", "Messages", "Devices", "Phones", "Keys", "Templates"]) {
        await page.getByRole("navigation").getByRole("link", { name, exact: true }).click();
        await page.getByRole("heading", { level: 1, name }).waitFor();
        await page.locator(".table, .phone, .flows").first().waitFor();
        await shoot(name.toLowerCase());
      }
      await page.getByRole("link", { name: "order-shipped" }).click();
      await editor.phone("Android").getByText("Your order 17 is on its way").waitFor();
      await shoot("template");
      await page.locator("section.panel", { hasText: "Buttons" }).first().scrollIntoViewIfNeeded();
      await page.getByText("Sound, badge, tap").first().scrollIntoViewIfNeeded();
      await shoot("template-fields");
      await page.getByText("German (de)").click();
      await editor.phone("iPhone").getByText("unterwegs").waitFor();
      await shoot("template-language");
    } finally {
      await page.context().close();
      await server.stop();
    }
  });
});
