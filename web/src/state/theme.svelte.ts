/** Light or dark: as the system has it, or as the author wants it. */

export type Wish = "auto" | "light" | "dark";

const KEPT = "blockcast.theme";
const system = window.matchMedia("(prefers-color-scheme: dark)");

let wish = $state<Wish>(kept());
let isSystemDark = $state(system.matches);

function kept(): Wish {
  try {
    const value = localStorage.getItem(KEPT);
    return value === "light" || value === "dark" ? value : "auto";
  } catch {
    return "auto";
  }
}

export function themeWish(): Wish {
  return wish;
}

export function isDark(): boolean {
  return wish === "auto" ? isSystemDark : wish === "dark";
}

/** From now on as wished; remembered. */
export function wishTheme(wanted: Wish): void {
  wish = wanted;
  try {
    localStorage.setItem(KEPT, wanted);
  } catch {
    // It holds until the page is closed.
  }
  apply();
}

/** Draws the page in its theme, and again whenever the system changes its mind. */
export function startTheme(): void {
  system.addEventListener("change", () => {
    isSystemDark = system.matches;
    apply();
  });
  apply();
}

function apply(): void {
  document.documentElement.dataset["theme"] = isDark() ? "dark" : "light";
}
