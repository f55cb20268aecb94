import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launch } from "./browser";
import { Phones } from "./phones";
import { Server } from "./server";

let browser: Browser;
let server: Server;
let phones: Phones;

beforeAll(async () => {
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
});

beforeEach(async () => {
  server = await Server.start();
  phones = await Phones.blank(browser);
});

afterEach(async () => {
  await phones?.page.context().close();
  await server?.stop();
  expect(phones.problems).toEqual([]);
});

const run = (flow: string): Promise<string> =>
  server.blockcast("run", `tests/flows/${flow}/flow.json`);

describe("a flow's push", () => {
  it("appears on both phones, as each system draws it", async () => {
    await phones.open(server);
    // A ticker is gone after seconds, so it has to be looked for before it comes.
    const ticker = phones.android.locator("[data-ticker]").getByText("Order 17 shipped").waitFor();
    await run("readme-order_shipped");
    await ticker;
    await phones
      .card(phones.android, "Your order is on its way", "tea and a cup will be there tomorrow")
      .waitFor();
    await phones.card(phones.ios, "Your order is on its way: tea and a cup, tomorrow").waitFor();
    await phones.badge.getByText("2", { exact: true }).waitFor();
  });

  it("reaches only Android when nothing was given for iOS", async () => {
    await phones.open(server);
    await run("messaging_publish_push-android_all_three");
    await phones.card(phones.android, "New message", "From Ada").waitFor();
    // A phone gets everything in order: had it got the first one, it would show two by now.
    await server.publish("for all");
    await phones.card(phones.ios, "for all").waitFor();
    expect(await phones.cards(phones.ios).count()).toBe(1);
  });

  it("reaches only iOS when nothing was given for Android", async () => {
    await phones.open(server);
    await run("messaging_publish_push-ios_alert_and_badge");
    await phones.cards(phones.ios).first().waitFor();
    await server.publish("for all");
    await phones.card(phones.android, "for all").waitFor();
    expect(await phones.cards(phones.android).count()).toBe(1);
  });

  it("sets the badge on the icon, and zero clears it", async () => {
    await phones.open(server);
    await run("messaging_publish_push-ios_badge_number");
    await phones.badge.getByText("3", { exact: true }).waitFor();
    await run("messaging_publish_push-ios_badge_zero_clears");
    await phones.badge.waitFor({ state: "detached" });
  });
});

describe("a notification", () => {
  it("is still there after a reload, and so is the badge, but not as news", async () => {
    await phones.open(server);
    await server.publish("kept", { "ios-badge": "4" });
    await phones.card(phones.ios, "kept").waitFor();
    await phones.badge.getByText("4", { exact: true }).waitFor();
    await phones.page.reload();
    await phones.card(phones.ios, "kept").waitFor();
    await phones.badge.getByText("4", { exact: true }).waitFor();
    expect(await phones.page.getByText("New on iPhone").count()).toBe(0);
  });

  it("that came while the server was away is shown once the server is back, once", async () => {
    await phones.open(server);
    await server.publish("before");
    await phones.card(phones.ios, "before").waitFor();
    await server.kill();
    await phones.ios.getByRole("status").getByText("reconnecting").waitFor();
    await server.up();
    await server.publish("missed");
    await phones.card(phones.ios, "missed").waitFor();
    await phones.connected();
    await server.publish("after");
    await phones.card(phones.ios, "after").waitFor();
    const texts = await phones
      .cards(phones.ios)
      .getByText(/^(before|missed|after)$/)
      .allInnerTexts();
    expect(texts).toEqual(["after", "missed", "before"]);
  });

  it("shows picture, subtitle and that it sounds, as each system has them", async () => {
    await phones.open(server);
    await server.publish("Tea", {
      "android-summary-subtext": "Floor 2",
      "android-attachment-url": "https://pictures.example/tea.png",
      "android-content-sound": "gong",
      "ios-alert-subtitle": "Kitchen",
      "ios-rich-media-url": "https://pictures.example/cup.png",
    });
    const android = phones.card(phones.android, "Tea", "Floor 2");
    await android.locator("[data-picture=thumb]").waitFor();
    await android.locator("[data-sound=gong]").waitFor();
    await android.getByRole("button", { name: "Notification blockcast" }).click();
    await android.locator("[data-picture=large]").getByText("tea.png").waitFor();
    const ios = phones.card(phones.ios, "Tea", "Kitchen");
    await ios.locator("[data-picture=thumb]").waitFor();
    expect(await ios.locator("[data-sound]").count()).toBe(0);
  });

  it("that says nothing on iOS sets the badge and shows no card", async () => {
    await phones.open(server);
    await server.publish("", { "ios-badge": "5" });
    await phones.badge.getByText("5", { exact: true }).waitFor();
    expect(await phones.cards(phones.ios).count()).toBe(0);
  });

  it("unfolds to its whole text, and tells what was sent", async () => {
    const long = "All work and no play makes Jack a dull boy. ".repeat(20).trim();
    await phones.open(server);
    await server.publish({ order: 17 }, { "android-content-text": long, "x-trace": "abc" });
    const card = phones.cards(phones.android).first();
    const text = card.getByText(long);
    await text.waitFor();
    const folded = (await text.boundingBox())?.height ?? 0;
    await card.getByRole("button", { expanded: false }).press("Enter");
    await card.getByRole("button", { expanded: true }).waitFor();
    expect((await text.boundingBox())?.height).toBeGreaterThan(3 * folded);
    await card.getByRole("button", { name: "Details" }).press("Enter");
    const dialog = phones.page.getByRole("dialog", { name: "What was sent" });
    await dialog.getByText('"order": 17').waitFor();
    await dialog.getByText("x-trace").waitFor();
    await dialog.getByText("message:").waitFor();
    await phones.page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  });

  it("that was dismissed stays away, and all can be cleared", async () => {
    await phones.open(server);
    await server.publish("go away");
    await server.publish("stay");
    const card = phones.card(phones.ios, "go away");
    await card.getByRole("button", { name: "Notification" }).press("Enter");
    await card.getByRole("button", { name: "Dismiss" }).press("Enter");
    await card.waitFor({ state: "detached" });
    await phones.page.reload();
    await phones.card(phones.ios, "stay").waitFor();
    expect(await phones.cards(phones.ios).count()).toBe(1);
    await phones.ios.getByRole("button", { name: "Clear all" }).click();
    await phones.ios.getByText("No notifications").waitFor();
  });

  it("in Arabic is written from the right", async () => {
    await phones.open(server);
    await server.publish("طلبك في الطريق");
    const text = phones.cards(phones.android).getByText("طلبك في الطريق");
    await text.waitFor();
    expect(await text.evaluate((one) => getComputedStyle(one).direction)).toBe("rtl");
  });

  it("is told to those who hear the page", async () => {
    await phones.open(server);
    await server.publish("m", {
      "android-content-title": "Tea",
      "android-content-text": "is ready",
    });
    const live = phones.android.locator("[aria-live=polite]");
    await live.getByText("New on Android phone: Tea. is ready").waitFor({ state: "attached" });
  });
});

describe("the page", () => {
  it("takes the key out of the address", async () => {
    await phones.open(server);
    expect(phones.page.url()).toBe(`${server.url}/`);
  });

  it("joins the channels that are typed, and leaves one again", async () => {
    await phones.open(server);
    const channels = phones.android.getByRole("form", { name: "Channels of android-phone" });
    await channels.getByRole("textbox", { name: "Join a channel" }).fill("news, orders");
    await channels.getByRole("textbox", { name: "Join a channel" }).press("Enter");
    await channels.getByText("orders", { exact: true }).waitFor();
    await server.blockcast("publish", "orders", "shipped");
    await phones.card(phones.android, "shipped").waitFor();
    await channels.getByRole("button", { name: "Leave orders" }).click();
    await channels.getByText("orders", { exact: true }).waitFor({ state: "detached" });
    await server.blockcast("publish", "orders", "unheard");
    await server.publish("heard");
    await phones.card(phones.android, "heard").waitFor();
    expect(await phones.cards(phones.android).count()).toBe(2);
  });

  it("sends from its form, and tells what the server said", async () => {
    await phones.open(server);
    const form = phones.page.getByRole("form", { name: "Send a test" });
    await form.getByLabel("Alert").fill("From the form");
    await form.getByLabel("Badge").fill("5");
    await form.getByRole("button", { name: "Publish" }).click();
    await form.getByText("Accepted", { exact: true }).waitFor();
    await phones.card(phones.ios, "From the form").waitFor();
    await phones.badge.getByText("5", { exact: true }).waitFor();
    await form.getByLabel("Channel").fill("push");
    await form.getByRole("button", { name: "Publish" }).click();
    await form.getByText("Not sent, error").waitFor();
    await form.getByText("`push`").waitFor();
  });

  it("sends to one system only when told so", async () => {
    await phones.open(server);
    const form = phones.page.getByRole("form", { name: "Send a test" });
    await form.getByRole("radio", { name: "iOS" }).check({ force: true });
    await form.getByLabel("Message").fill("for iPhones");
    await form.getByRole("button", { name: "Publish" }).click();
    await phones.card(phones.ios, "for iPhones").waitFor();
    await server.publish("for all");
    await phones.card(phones.android, "for all").waitFor();
    expect(await phones.cards(phones.android).count()).toBe(1);
  });

  it("asks for a key, and says when it is wrong", async () => {
    await phones.page.goto(server.url);
    await phones.page.getByText("Only the phones").click();
    await phones.page.getByLabel("App id").fill("E2E-APP");
    await phones.page.getByLabel("API key").fill("not-the-key");
    await phones.page.getByRole("button", { name: "Show the phones" }).click();
    await phones.page.getByRole("alert").getByText("refused this app id and API key").waitFor();
    await phones.page.goto(server.link);
    await phones.connected();
  });

  it("names whatever can be pressed or filled in, and has one heading of the first level", async () => {
    await phones.open(server);
    await server.publish("m");
    await phones.cards(phones.ios).first().waitFor();
    const { page } = phones;
    for (const role of ["button", "textbox", "radio"] as const) {
      const all = await page.getByRole(role).count();
      expect(all, role).toBeGreaterThan(0);
      expect(await page.getByRole(role, { name: /\S/ }).count(), role).toBe(all);
    }
    expect(await page.getByRole("heading", { level: 1 }).count()).toBe(1);
    expect(await page.locator("img:not([alt])").count()).toBe(0);
    expect(await page.getByRole("main").count()).toBe(1);
  });

  it("speaks the browser's language, its form and the phones' controls included", async () => {
    const german = await Phones.blank(browser, { locale: "de-DE" });
    const { page } = german;
    await page.goto(server.link);
    const android = page.getByRole("region", { name: "Android-Telefon" });
    await android.getByRole("status").getByText("verbunden", { exact: true }).waitFor();
    await android.getByText("Keine Benachrichtigungen").waitFor();
    await page.getByRole("textbox", { name: "Nachricht" }).fill("Guten Tag");
    await page.getByRole("button", { name: "Veröffentlichen" }).click();
    await page.getByText("Angenommen").waitFor();
    await android.getByRole("button", { name: /^Benachrichtigung/ }).click();
    await android.getByRole("button", { name: "Einzelheiten" }).click();
    await page.getByRole("dialog", { name: "Was geschickt wurde" }).waitFor();
    expect(german.problems).toEqual([]);
    await page.context().close();
  });

  it("fits a screen of 360 pixels", async () => {
    await phones.open(server);
    await server.publish("W".repeat(300));
    await phones.cards(phones.ios).first().waitFor();
    await phones.page.setViewportSize({ width: 360, height: 740 });
    const width = await phones.page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBe(360);
  });
});
