/** Chromium as the system has it, driven by Playwright. */

import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

/** A fresh browser with nothing of anybody's profile. */
export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? chromiumOnPath(),
    args: [
      // Tests run as root in a container, where Chromium's own sandbox can't.
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

function chromiumOnPath(): string {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const files = folders.flatMap((folder) =>
    ["chromium", "chromium-browser", "google-chrome"].map((name) => join(folder, name)),
  );
  const found = files.find((file) => existsSync(file));
  if (!found) throw new Error("no `chromium` on the PATH: install it, or set CHROMIUM to its path");
  return found;
}
