/** Takes the README's picture: the phones after the README's example. `make screenshot`. */

import { resolve } from "node:path";
import { afterAll, it } from "vitest";
import { launch } from "./browser";
import { Server } from "./server";

const browser = await launch();
const server = await Server.start();

afterAll(async () => {
  await browser.close();
  await server.stop();
});

const pictures = [
  { file: "screenshot.png", width: 1180, colorScheme: "light" },
  { file: "dist/screenshot-dark.png", width: 1180, colorScheme: "dark" },
  { file: "dist/screenshot-narrow.png", width: 360, colorScheme: "light" },
] as const;

it.each(pictures)("draws $file", async ({ file, width, colorScheme }) => {
  const page = await browser.newPage({ viewport: { width, height: 790 }, colorScheme });
  await page.goto(server.link);
  await page.getByText("connected", { exact: true }).nth(1).waitFor();
  const shown = page.locator("li p", { hasText: "on its way" });
  if ((await shown.count()) === 0) {
    await server.blockcast("run", "tests/flows/readme-order_shipped/flow.json");
  }
  await shown.nth(1).waitFor();
  await page.evaluate(() =>
    Promise.all(
      [...document.querySelectorAll("li")].flatMap((card) =>
        card.getAnimations().map((animation) => animation.finished),
      ),
    ),
  );
  await page.screenshot({ path: resolve(import.meta.dirname, "..", file), fullPage: width < 500 });
  await page.close();
});
