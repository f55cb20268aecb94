/**
 * Takes the README's picture: the phones after the README's example. Run by `make screenshot`.
 *
 * `SHOT` is where it goes; `SHOT_SCHEME` (light, dark) and `SHOT_WIDTH` (pixels) are for looking
 * at the page in other ways.
 */

import { resolve } from "node:path";
import { test } from "vitest";
import { launch } from "./browser";
import { Phones } from "./phones";
import { Server } from "./server";

const path = process.env["SHOT"] ?? resolve(import.meta.dirname, "../screenshot.png");
const colorScheme = process.env["SHOT_SCHEME"] === "dark" ? "dark" : "light";
const width = Number(process.env["SHOT_WIDTH"] ?? 1200);

test("the README's picture", async () => {
  const server = await Server.start();
  const browser = await launch();
  try {
    const viewport = { width, height: 800 };
    const phones = await Phones.blank(browser, {
      viewport,
      colorScheme,
      deviceScaleFactor: 2,
      locale: "en-US",
    });
    await phones.open(server);
    await server.blockcast("run", "tests/flows/readme-order_shipped/flow.json");
    await phones.cards(phones.ios).first().waitFor();
    await phones.cards(phones.android).first().waitFor();
    await phones.badge.waitFor();
    // Cards have arrived and the ticker has left when nothing moves any more.
    await phones.page.waitForFunction(() => document.getAnimations().length === 0);
    await phones.page.screenshot({ path, fullPage: width < 700 });
  } finally {
    await browser.close();
    await server.stop();
  }
});
