/** Takes the README's picture: the phones after the README's example. */

import { resolve } from "node:path";
import { launch } from "./browser";
import { Server } from "./server";

const file = resolve(import.meta.dirname, "../screenshot.png");
const scheme = process.argv.includes("--dark") ? "dark" : "light";
const width = process.argv.includes("--narrow") ? 360 : 1180;

const server = await Server.start();
const browser = await launch();
try {
  const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme: scheme });
  await page.goto(server.link);
  const connected = page.getByText("connected", { exact: true });
  await connected.nth(1).waitFor();
  await server.blockcast("run", "tests/flows/readme-order_shipped/flow.json");
  await page.getByText("on its way").first().waitFor();
  await page.locator("[data-badge]").waitFor();
  await page.evaluate(() => Promise.all(document.getAnimations().map((a) => a.ready)));
  await page.screenshot({ path: process.env["OUT"] ?? file, animations: "disabled" });
} finally {
  await browser.close();
  await server.stop();
}
