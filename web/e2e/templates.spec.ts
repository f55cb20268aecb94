import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { Editor } from "./editor";
import { eachTestAfresh } from "./fresh";
import { Server } from "./server";

let server: Server;
let editor: Editor;
let page: Page;

eachTestAfresh((ofTest, blank) => {
  [server, editor, page] = [ofTest, blank, blank.page];
});

async function openTemplates(): Promise<void> {
  await page.getByRole("navigation").getByRole("link", { name: "Templates" }).click();
  await page.getByRole("heading", { level: 1, name: "Templates" }).waitFor();
}

/** Opens a template that is kept already. */
async function open(name: string, on = page): Promise<void> {
  await on.goto(`${server.url}/#/templates/${encodeURIComponent(name)}`);
  await on.getByRole("heading", { level: 1, name }).waitFor();
}

/** The part of the page that is about one system. */
const system = (name: "Android" | "iOS") =>
  page.locator("section.panel", { hasText: name }).filter({
    has: page.getByRole("heading", { name, exact: true }),
  });

const save = (on = page) => on.getByRole("button", { name: "Save", exact: true }).click();

describe("a template", () => {
  it("is written from nothing, with both phones beside it, and found again", async () => {
    await openTemplates();
    await page.getByText("No templates yet").waitFor();
    await page.getByRole("button", { name: "New template" }).last().click();
    const dialog = page.getByRole("dialog", { name: "New template" });
    await dialog.getByLabel("Name").fill("order-shipped");
    await dialog.getByLabel("Message").fill("Hello {name|there}");
    await dialog.getByRole("button", { name: "Make it" }).click();
    const [android, iphone] = [editor.phone("Android"), editor.phone("iPhone")];
    await android.getByText("Hello there", { exact: true }).waitFor();
    await iphone.getByText("Hello there", { exact: true }).waitFor();

    await system("Android").getByLabel("Title", { exact: true }).fill("Order {number}");
    await page.getByText("Nothing fills number: there is a gap.").waitFor();
    await page.getByLabel("Sample of number").fill("17");
    await android.getByText("Order 17", { exact: true }).waitFor();
    await expect.poll(() => page.getByText("Nothing fills").count()).toBe(0);
    // The iPhone has no title of its own.
    expect(await iphone.getByText("Order 17").count()).toBe(0);
    await system("iOS").getByLabel("Subtitle", { exact: true }).fill("From the shop");
    await iphone.getByText("From the shop", { exact: true }).waitFor();

    await save();
    await editor.told("Saved.");
    await page.reload();
    await android.getByText("Order 17", { exact: true }).waitFor();
    await openTemplates();
    await page
      .getByRole("row", { name: /order-shipped/ })
      .getByText("Hello {name|there}")
      .waitFor();
  });

  it("shows a picture, a sound and a button that asks for words", async () => {
    await server.keepTemplate({ name: "talk", message: "Talk to us" });
    await open("talk");
    const android = editor.phone("Android");
    await android.getByText("Talk to us", { exact: true }).waitFor();
    const form = system("Android");
    await form.getByText("Pictures and look").click();
    await form
      .getByLabel("Picture", { exact: true })
      .fill("https://pictures.example/a/parcel.png?w=2");
    await android.locator("[data-picture=large]").getByText("parcel.png").waitFor();
    await form.getByText("Sound, badge, tap").click();
    await form.getByLabel("Sound", { exact: true }).fill("gong");
    await android.locator("[data-sound=gong]").waitFor();
    await form.getByText("Buttons", { exact: true }).click();
    await form.getByRole("button", { name: "Add a button" }).click();
    await form.getByLabel("It says").fill("Answer");
    await form.getByLabel("asks for a line of text").check();
    await form.getByLabel("Hint in the empty field").fill("Dear {name|you}");
    await android.getByRole("button", { name: "Answer" }).click();
    await android.getByPlaceholder("Dear you").waitFor();
    await editor.phone("iPhone").getByText("Talk to us").waitFor();
    expect(await editor.phone("iPhone").getByRole("button", { name: "Answer" }).count()).toBe(0);
  });

  it("gets a place by the button, with its fallback, where the cursor stands", async () => {
    await server.keepTemplate({ name: "greet", message: "Hello !" });
    await open("greet");
    const message = page.getByLabel("Text, where a system doesn't say its own", { exact: true });
    await message.focus();
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowLeft");
    await page.getByRole("button", { name: /^Insert a value: Text, where/ }).click();
    const dialog = page.getByRole("dialog", { name: "Insert a value" });
    await dialog.getByLabel("Name of the value").fill("name");
    await dialog.getByLabel("Fallback").fill("stranger");
    await dialog.getByRole("button", { name: "Insert", exact: true }).click();
    expect(await message.inputValue()).toBe("Hello {name|stranger}!");
    await editor.phone("iPhone").getByText("Hello stranger!", { exact: true }).waitFor();
  });

  it("says it otherwise in a language, and the phones follow", async () => {
    await server.keepTemplate({ name: "greet", message: "Hello" });
    await open("greet");
    await page.getByRole("button", { name: "Add a language" }).click();
    const dialog = page.getByRole("dialog", { name: "Add a language" });
    await dialog.getByLabel("Tag of the language").fill("de");
    await dialog.getByRole("button", { name: "Add", exact: true }).click();
    const message = page.getByLabel("Text, where a system doesn't say its own", { exact: true });
    expect(await message.getAttribute("placeholder")).toBe("Hello");
    await editor.phone("Android").getByText("Hello", { exact: true }).waitFor();
    await message.fill("Hallo");
    await editor.phone("Android").getByText("Hallo", { exact: true }).waitFor();
    await page.getByText("Default", { exact: true }).click();
    await editor.phone("Android").getByText("Hello", { exact: true }).waitFor();
    await save();
    await editor.told("Saved.");
    await openTemplates();
    await page.getByRole("row", { name: /greet/ }).getByText("de", { exact: true }).waitFor();
  });

  it("is told at the field what is wrong, while the phones show what was right", async () => {
    await server.keepTemplate({ name: "greet", message: "Hello" });
    await open("greet");
    await editor.phone("Android").getByText("Hello", { exact: true }).waitFor();
    const segment = page.getByLabel("Only devices of this segment");
    await segment.fill("tags like");
    await page.locator(".problem", { hasText: "LIKE" }).waitFor();
    expect(await segment.getAttribute("aria-invalid")).toBe("true");
    const message = page.getByLabel("Text, where a system doesn't say its own", { exact: true });
    await message.fill("Hello {name");
    await page.locator(".problem", { hasText: "is never closed" }).waitFor();
    await editor.phone("Android").getByText("Hello", { exact: true }).waitFor();
    await save();
    await editor.told(/can't be kept/);
    await message.fill("Hello {name|you}");
    await segment.fill("tags = 'vip'");
    await editor.phone("Android").getByText("Hello you", { exact: true }).waitFor();
    expect(await segment.getAttribute("aria-invalid")).toBe("false");
    await save();
    await editor.told("Saved.");
  });

  it("that somebody else has saved meanwhile is told with what differs", async () => {
    await server.keepTemplate({ name: "greet", message: "Hello" });
    await open("greet");
    const other = await editor.anotherTab();
    await open("greet", other.page);
    const label = "Text, where a system doesn't say its own";
    await other.page.getByLabel(label, { exact: true }).fill("Theirs");
    await save(other.page);
    await other.told("Saved.");

    await page.getByLabel(label, { exact: true }).fill("Mine");
    await save();
    const dialog = page.getByRole("dialog", { name: "Somebody else has saved this template" });
    const row = dialog.getByRole("row", { name: /message/ });
    await row.getByText("Theirs", { exact: true }).waitFor();
    await row.getByText("Mine", { exact: true }).waitFor();
    await dialog.getByRole("button", { name: "Save mine over it" }).click();
    await editor.told("Saved.");
    await other.page.reload();
    await other.phone("Android").getByText("Mine", { exact: true }).waitFor();
    expect(other.problems).toEqual([]);
  });

  it("is sent to those it is for, who are counted before", async () => {
    await server.register("ann-phone", "ben-phone");
    await server.keepTemplate({
      name: "greet",
      message: "Hello {name|you}",
      channelName: "default",
    });
    await open("greet");
    await page.getByRole("button", { name: "Count devices" }).click();
    await page.getByText("Devices reached now: 2").waitFor();
    await page.getByRole("button", { name: "Send…" }).click();
    const dialog = page.getByRole("dialog", { name: "Send greet" });
    await dialog.getByText("Devices reached now: 2").waitFor();
    await dialog.getByLabel("name").fill("Ada");
    await dialog.getByRole("button", { name: "Send now" }).click();
    await editor.told("greet is on its way.");
    await page.getByRole("navigation").getByRole("link", { name: "Messages" }).click();
    await page.getByRole("row", { name: /Hello Ada/ }).waitFor();
  });

  it("fits a screen of 360 pixels, in the list and on its page", async () => {
    await server.keepTemplate({ name: "greet", message: "Hello" });
    await page.setViewportSize({ width: 360, height: 740 });
    const width = () => page.evaluate(() => document.documentElement.scrollWidth);
    await openTemplates();
    await page.getByRole("row", { name: /greet/ }).waitFor();
    expect(await width()).toBe(360);
    await open("greet");
    await editor.phone("iPhone").getByText("Hello", { exact: true }).waitFor();
    expect(await width()).toBe(360);
  });

  it("is removed from the list", async () => {
    await server.keepTemplate({ name: "greet", message: "Hello" });
    await openTemplates();
    await page.getByRole("button", { name: "Remove greet" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove", exact: true }).click();
    await editor.told("greet is removed.");
    await page.getByText("No templates yet").waitFor();
  });

  it("keeps its preview and unsaved work while the server is away", async () => {
    await server.keepTemplate({ name: "greet", message: "Hello" });
    await open("greet");
    const android = editor.phone("Android");
    await android.getByText("Hello", { exact: true }).waitFor();
    await server.kill();
    const message = page.getByLabel("Text, where a system doesn't say its own", { exact: true });
    await message.fill("Hello again");
    await save();
    await page.getByText("Your work is kept in this browser").waitFor();
    await android.getByText("Hello", { exact: true }).waitFor();
    await server.up();
    await android.getByText("Hello again", { exact: true }).waitFor();
    await page.reload();
    await page.getByText("was kept in this browser and is shown here").waitFor();
    expect(await message.inputValue()).toBe("Hello again");
    await save();
    await editor.told("Saved.");
  });
});
