/** A list that the server gives page by page. */

import type { Page } from "../api/http";

export class Listing<T> {
  items = $state.raw<readonly T[]>([]);
  /** Why there is nothing new; empty when all is well. */
  problem = $state("");
  /** Whether the first page has come. */
  isLoaded = $state(false);
  hasMore = $state(false);
  #cursor: string | undefined;
  /** Of several requests under way only the newest counts. */
  #turn = 0;

  constructor(private readonly fetchPage: (cursor?: string) => Promise<Page<T>>) {}

  /** Asks for the first page anew. */
  async load(): Promise<void> {
    await this.#fetch(undefined);
  }

  async more(): Promise<void> {
    await this.#fetch(this.#cursor);
  }

  /** Replaces items in place, as after a change that the server has confirmed. */
  update(change: (items: readonly T[]) => readonly T[]): void {
    this.items = change(this.items);
  }

  async #fetch(cursor: string | undefined): Promise<void> {
    const turn = ++this.#turn;
    try {
      const page = await this.fetchPage(cursor);
      if (turn !== this.#turn) return;
      this.items = cursor ? [...this.items, ...page.items] : page.items;
      this.#cursor = page.nextCursor ?? undefined;
      this.hasMore = page.nextCursor !== null;
      this.problem = "";
    } catch (error) {
      if (turn !== this.#turn) return;
      this.problem = (error as Error).message;
    }
    this.isLoaded = true;
  }
}
