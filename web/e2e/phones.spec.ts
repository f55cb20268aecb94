import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launch } from "./browser";
import { Server } from "./server";

let browser: Browser;
let server: Server;
let page: Page;
let problems: string[];

beforeAll(async () => {
  browser = await launch();
});

afterAll(async () => {
  await browser.close();
});

beforeEach(async () => {
  server = await Server.start();
  page = await browser.newPage();
  problems = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    // A refused key and a killed server are part of some tests; the policy never is.
    if (message.text().includes("Content Security Policy")) problems.push(message.text());
  });
});

afterEach(async () => {
  await page.close();
  await server.stop();
  expect(problems).toEqual([]);
});

function phone(name: "Android phone" | "iPhone"): Locator {
  return page.getByRole("region", { name });
}

/** What a phone shows on its cards: title or text. */
function shown(name: "Android phone" | "iPhone", text: string): Locator {
  return phone(name).locator("li p").getByText(text, { exact: true });
}

/** Opens the page by its link and waits until both phones listen. */
async function open(): Promise<void> {
  await page.goto(server.link);
  for (const name of ["Android phone", "iPhone"] as const) {
    await phone(name).getByText("connected", { exact: true }).waitFor();
  }
}

const publish = (...args: string[]): Promise<string> => server.blockcast("publish", ...args);

describe("a flow's push", () => {
  it("appears on both phones, as each system draws it", async () => {
    await open();
    await server.blockcast("run", "tests/flows/messaging_publish_push-android_and_ios/flow.json");
    await shown("Android phone", "Title").waitFor();
    await shown("Android phone", "Hello").waitFor();
    await shown("iPhone", "Look!").waitFor();
  });

  it("reaches only Android when nothing was given for iOS", async () => {
    await open();
    await server.blockcast("run", "tests/flows/messaging_publish_push-android_all_three/flow.json");
    await shown("Android phone", "From Ada").waitFor();
    await phone("Android phone").locator(".ticker").getByText("You got mail").waitFor();
    // What comes later comes in order, so the iPhone would have it by now.
    await publish("default", "for all");
    await shown("iPhone", "for all").waitFor();
    expect(await phone("iPhone").getByRole("listitem").count()).toBe(1);
  });

  it("sets the badge on the icon, and zero clears it", async () => {
    await open();
    await server.blockcast("run", "tests/flows/messaging_publish_push-ios_badge_number/flow.json");
    await phone("iPhone").locator("[data-badge]", { hasText: "3" }).waitFor();
    await server.blockcast(
      "run",
      "tests/flows/messaging_publish_push-ios_badge_zero_clears/flow.json",
    );
    await phone("iPhone").locator("[data-badge]").waitFor({ state: "detached" });
  });
});

describe("the page", () => {
  it("takes the key out of the address", async () => {
    await open();
    expect(page.url()).toBe(`${server.url}/`);
  });

  it("still shows what came after a reload", async () => {
    await open();
    await publish("default", "before the reload");
    await shown("iPhone", "before the reload").waitFor();
    await page.reload();
    await shown("iPhone", "before the reload").waitFor();
  });

  it("shows once what came while the server was away", async () => {
    await open();
    await publish("default", "before");
    await shown("iPhone", "before").waitFor();
    await server.kill();
    await phone("iPhone").getByText("reconnecting").waitFor();
    await server.up();
    await publish("default", "after");
    await shown("iPhone", "after").waitFor();
    expect(await phone("iPhone").getByRole("listitem").count()).toBe(2);
  });

  it("keeps a dismissed notification away", async () => {
    await open();
    await publish("default", "go away");
    await shown("iPhone", "go away").waitFor();
    await phone("iPhone").getByRole("button", { name: "Dismiss" }).click();
    await phone("iPhone").getByText("No notifications").waitFor();
    await page.reload();
    await phone("iPhone").getByText("connected", { exact: true }).waitFor();
    await publish("default", "stay");
    await shown("iPhone", "stay").waitFor();
    expect(await phone("iPhone").getByRole("listitem").count()).toBe(1);
  });

  it("listens to the channels that are typed", async () => {
    await open();
    const field = phone("Android phone").getByRole("textbox");
    await field.fill("news, orders");
    const moved = page.waitForResponse((r) => r.url().endsWith("/messaging/registrations"));
    await field.blur();
    await moved;
    await publish("orders", "shipped");
    await shown("Android phone", "shipped").waitFor();
  });

  it("sends from its form, and tells what the server said", async () => {
    await open();
    const form = page.getByRole("form", { name: "Send something" });
    await form.getByLabel("Alert").fill("From the form");
    await form.getByLabel("Badge").fill("5");
    await form.getByRole("button", { name: "Publish" }).click();
    await form.getByText("Accepted as message:").waitFor();
    await shown("iPhone", "From the form").waitFor();
    await phone("iPhone").locator("[data-badge]", { hasText: "5" }).waitFor();
    await form.getByLabel("Channel").fill("push");
    await form.getByRole("button", { name: "Publish" }).click();
    await form.getByText("`push`").waitFor();
  });

  it("asks for a key, and says when it is wrong", async () => {
    await page.goto(server.url);
    await page.getByLabel("App id").fill("E2E-APP");
    await page.getByLabel("API key").fill("not-the-key");
    await page.getByRole("button", { name: "Show the phones" }).click();
    await page.getByRole("alert").getByText("refused").waitFor();
  });
});
