/**
 * A stored template while somebody works on it: what is saved and what isn't, what the server says
 * of it, and what happens when somebody else has saved meanwhile.
 */

import { RequestError } from "../../api/http";
import type { Server } from "../../api/server";
import type {
  FieldProblem,
  Previews,
  PreviewDraft,
  StoredTemplate,
  Template,
} from "../../api/types";
import type { Store } from "../../state/memory";
import { Previewing } from "../../state/previewing.svelte";
import { at, bare, differences, type Path, pathText, withValue } from "../../template/draft";
import { sampleOf } from "../../template/places";

/** What isn't saved yet, kept in the browser. */
interface Kept {
  template: Template;
  version: number;
  at: number;
}

export class TemplateEditing {
  template = $state.raw<Template | undefined>();
  /** Why the template can't be shown. */
  failure = $state("");
  /** The language that is edited and previewed, kept once it says something; empty for the template itself. */
  locale = $state("");
  /** Sample data of the preview, by the names of places. */
  sample = $state<Record<string, string>>({});
  isSaving = $state(false);
  isOffline = $state(false);
  warnings = $state.raw<readonly FieldProblem[]>([]);
  /** What somebody else has saved meanwhile. */
  theirs = $state.raw<StoredTemplate | undefined>();
  /** When unsaved work of an earlier visit was kept, once, to tell of it. */
  recoveredAt = $state<number | undefined>();
  readonly previewing: Previewing;
  #version = 0;
  #saved = $state.raw<Template | undefined>();
  readonly #key: string;
  readonly #sampleKey: string;

  constructor(
    readonly server: Server,
    readonly name: string,
    private readonly store: Store,
  ) {
    this.#key = `blockcast.template.${server.appId}.${name}`;
    this.#sampleKey = `blockcast.sample.${server.appId}.${name}`;
    this.previewing = new Previewing((draft: PreviewDraft): Promise<Previews> =>
      server.preview(draft),
    );
  }

  get isChanged(): boolean {
    return differences(this.#saved, this.template).length > 0;
  }

  /** The languages that the template has words of its own for. */
  get locales(): string[] {
    const said = Object.keys(this.template?.locales ?? {});
    return this.locale && !said.includes(this.locale) ? [...said, this.locale] : said;
  }

  /** Where the fields that are edited lie: in the template, or in one of its languages. */
  get base(): Path {
    return this.locale ? ["locales", this.locale] : [];
  }

  async open(): Promise<void> {
    try {
      // Showing what is saved forgets what was kept.
      const kept = this.#read(this.#key) as Kept | undefined;
      this.#take(await this.server.template(this.name));
      this.sample = (this.#read(this.#sampleKey) as Record<string, string> | undefined) ?? {};
      if (kept?.template && differences(this.#saved, kept.template).length > 0) {
        this.template = kept.template;
        // What it builds on decides whether saving is refused.
        this.#version = kept.version;
        this.recoveredAt = kept.at;
        this.#keep();
      }
    } catch (error) {
      this.failure = (error as Error).message;
    }
  }

  value(path: Path): unknown {
    return this.template && at(this.template, path);
  }

  /** What the server says is wrong with a field; empty when nothing is. */
  problemOf(path: Path): string {
    const place = pathText(path);
    return this.previewing.problems.find((one) => one.path === place)?.message ?? "";
  }

  set(path: Path, value: unknown): void {
    if (!this.template) return;
    this.template = withValue(this.template, path, value);
    this.#keep();
  }

  removeLocale(tag: string): void {
    this.locale = "";
    this.set(["locales", tag], undefined);
  }

  setSample(name: string, value: string): void {
    this.sample = { ...this.sample, [name]: value };
    this.#write(this.#sampleKey, this.sample);
  }

  /** Has the template drawn as it is now. */
  look(): void {
    const { template } = this;
    if (!template) return;
    const locale = this.locale ? { locale: this.locale } : {};
    this.previewing.ask({ template: { template, ...sampleOf(this.sample), ...locale } });
  }

  /** Saves; false when somebody else has saved meanwhile, which is then in {@link theirs}. */
  async save(): Promise<boolean> {
    const { template } = this;
    if (!template) return false;
    this.isSaving = true;
    try {
      this.#take(await this.server.saveTemplate(template, this.#version), template);
      this.isOffline = false;
      return true;
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      if (error.status === 412) {
        this.theirs = await this.server.template(this.name);
        return false;
      }
      this.isOffline = error.status === 0;
      throw error;
    } finally {
      this.isSaving = false;
    }
  }

  /** Saves over what somebody else has saved. */
  async saveAnyway(): Promise<boolean> {
    if (this.theirs) this.#version = this.theirs.version;
    this.theirs = undefined;
    return this.save();
  }

  /** Goes on with what somebody else has saved. */
  takeTheirs(): void {
    if (this.theirs) this.#take(this.theirs);
    this.theirs = undefined;
  }

  /** Goes back to what is saved. */
  async discard(): Promise<void> {
    this.#take(await this.server.template(this.name));
  }

  async remove(): Promise<void> {
    await this.server.removeTemplate(this.name);
    this.#forget();
  }

  /** `sent` is what was saved: what has been typed since stays. */
  #take(stored: StoredTemplate, sent?: Template): void {
    const template = bare(stored);
    this.#version = stored.version;
    this.#saved = template;
    this.warnings = stored.warnings;
    this.recoveredAt = undefined;
    if (sent === undefined || this.template === sent) {
      this.template = template;
      this.#forget();
    } else {
      this.#keep();
    }
  }

  #keep(): void {
    this.#write(this.#key, { template: this.template, version: this.#version, at: Date.now() });
  }

  #forget(): void {
    try {
      this.store.removeItem(this.#key);
    } catch {
      // Nothing was kept, then.
    }
  }

  #write(key: string, value: unknown): void {
    try {
      this.store.setItem(key, JSON.stringify(value));
    } catch {
      // It is there until the page is closed.
    }
  }

  #read(key: string): unknown {
    try {
      return JSON.parse(this.store.getItem(key) ?? "null") ?? undefined;
    } catch {
      return undefined;
    }
  }
}
