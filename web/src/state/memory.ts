/** What a tab remembers of one device until it is closed. */

/** The part of `Storage` that is used here. */
export type Store = Pick<Storage, "getItem" | "setItem" | "removeItem">;

export class Memory {
  readonly #store: Store;
  readonly #prefix: string;

  /** `owner` keeps apart what several apps and devices remember in one store. */
  constructor(store: Store, ...owner: string[]) {
    this.#store = store;
    this.#prefix = ["blockcast", ...owner].map(encodeURIComponent).join("/");
  }

  /** The texts kept as `what`; undefined when there are none. */
  texts(what: string): string[] | undefined {
    const kept = this.#read(what);
    return Array.isArray(kept) ? kept.filter((one) => typeof one === "string") : undefined;
  }

  /** The number kept as `what`; 0 when there is none. */
  number(what: string): number {
    const kept = this.#read(what);
    return typeof kept === "number" ? kept : 0;
  }

  keep(what: string, value: readonly string[] | number): void {
    try {
      this.#store.setItem(`${this.#prefix}/${what}`, JSON.stringify(value));
    } catch {
      // A full or forbidden store costs the memory of this tab, nothing more.
    }
  }

  #read(what: string): unknown {
    try {
      return JSON.parse(this.#store.getItem(`${this.#prefix}/${what}`) ?? "null");
    } catch {
      return null;
    }
  }
}
