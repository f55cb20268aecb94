/** Which page the address asks for: `#/flows/ID`. The server needs to know one address only. */

export const PAGES = [
  "flows",
  "runs",
  "templates",
  "messages",
  "devices",
  "phones",
  "keys",
] as const;
export type PageName = (typeof PAGES)[number];

export interface Route {
  page: PageName;
  /** What of the page: a flow's or a run's id, a template's name; empty for the list. */
  id: string;
}

/** Reads an address; what it doesn't know is the list of flows. */
export function parseRoute(fragment: string): Route {
  const [page = "", ...rest] = fragment.replace(/^#\/?/, "").split("/");
  const known = PAGES.find((name) => name === page);
  if (!known) return { page: "flows", id: "" };
  return { page: known, id: decodeURIComponent(rest.join("/")) };
}

/** The address of a page. */
export function addressOf(page: PageName, id = ""): string {
  return `#/${page}${id && `/${encodeURIComponent(id)}`}`;
}

let current = $state.raw<Route>(parseRoute(location.hash));

export function route(): Route {
  return current;
}

export function go(page: PageName, id = ""): void {
  location.hash = addressOf(page, id);
}

/** Asked before a page is left; false stays. */
let mayLeave: (next: Route) => boolean = () => true;

export function beforeLeaving(ask: (next: Route) => boolean): () => void {
  mayLeave = ask;
  return () => (mayLeave = () => true);
}

export function startRoutes(): void {
  window.addEventListener("hashchange", (event) => {
    const next = parseRoute(location.hash);
    if (mayLeave(next)) current = next;
    else history.replaceState(null, "", new URL(event.oldURL).hash || "#/");
  });
}
