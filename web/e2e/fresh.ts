/** A server and an editor of its own for each test of a file. */

import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { launch } from "./browser";
import { Editor } from "./editor";
import { Server } from "./server";

/**
 * Gives `use` a new server and an editor that is signed in there before each test, and looks after
 * each that the page had no problem. `E2E_SHOTS` is a folder for pictures of tests that fail.
 */
export function eachTestAfresh(
  use: (server: Server, editor: Editor, browser: Browser) => void,
): void {
  let browser: Browser | undefined;
  let server: Server | undefined;
  let editor: Editor | undefined;

  beforeAll(async () => {
    browser = await launch();
  });

  afterAll(async () => {
    await browser?.close();
  });

  beforeEach(async () => {
    if (!browser) throw new Error("there is no browser");
    server = await Server.start();
    editor = await Editor.blank(browser);
    await editor.signIn(server);
    use(server, editor, browser);
  });

  afterEach(async ({ task }) => {
    const shots = process.env["E2E_SHOTS"];
    if (shots && task.result?.state === "fail") {
      await editor?.page.screenshot({ path: `${shots}/${task.id}.png` });
    }
    await editor?.page.context().close();
    await server?.stop();
    expect(editor?.problems).toEqual([]);
  });
}
