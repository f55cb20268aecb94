/** The page as a test sees it: its two phones and what they show. */

import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import type { Server } from "./server";

export class Phones {
  /** What went wrong in the page: errors, and whatever its policy forbade. */
  readonly problems: string[] = [];

  private constructor(readonly page: Page) {
    page.on("pageerror", (error) => this.problems.push(error.message));
    page.on("console", (line) => {
      if (/content security policy/i.test(line.text())) this.problems.push(line.text());
    });
  }

  /** A tab in which nothing is open yet. */
  static async blank(browser: Browser, options: BrowserContextOptions = {}): Promise<Phones> {
    return new Phones(await browser.newPage(options));
  }

  /** Opens the page by its link and waits until both phones listen. */
  async open(server: Server): Promise<void> {
    await this.page.goto(server.link);
    await this.connected();
  }

  async connected(): Promise<void> {
    for (const phone of [this.android, this.ios]) {
      await phone.getByRole("status").getByText("connected", { exact: true }).waitFor();
    }
  }

  get android(): Locator {
    return this.page.getByRole("region", { name: "Android phone" });
  }

  get ios(): Locator {
    return this.page.getByRole("region", { name: "iPhone" });
  }

  /** The badge on the app's icon. */
  get badge(): Locator {
    return this.ios.locator("[data-badge]");
  }

  /** The notifications of a phone, the newest first; the lists of channels are no part of it. */
  cards(phone: Locator): Locator {
    return phone.getByRole("list", { name: "Notifications" }).getByRole("listitem");
  }

  /** The one notification of a phone that shows all these texts. */
  card(phone: Locator, ...texts: string[]): Locator {
    return texts.reduce(
      (cards, text) => cards.filter({ has: this.page.getByText(text, { exact: true }) }),
      this.cards(phone),
    );
  }
}
