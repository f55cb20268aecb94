/**
 * What an author does with the flow as a whole: saves it, makes it live, compares it, goes back.
 * Each act tells how it went, and shows the problems when the server refuses.
 */

import { RequestError } from "../../api/http";
import type { Server } from "../../api/server";
import type { Problem, Source, Version } from "../../api/types";
import type { Canvas } from "../../canvas/canvas";
import { t } from "../../i18n/i18n.svelte";
import { complain, say } from "../../ui/toasts.svelte";
import { type Comparison, ofConflict, ofVersion } from "./comparing";
import type { Editing } from "./editing.svelte";

/** What the page shows when an act asks for it. */
export interface Shows {
  /** The author's canvas; undefined until it is there. */
  canvas: () => Canvas | undefined;
  /** The list of problems is to be seen. */
  problems: () => void;
  /** The canvas shows another flow than before, which is as it is saved. */
  loaded: () => void;
}

export class Storing {
  /** Two states of the flow that are looked at side by side. */
  comparison = $state.raw<Comparison | undefined>();

  constructor(
    private readonly server: Server,
    private readonly editing: Editing,
    private readonly shows: Shows,
  ) {}

  /** Saves; true when it is saved. When somebody else was first, both are shown. */
  async save(): Promise<boolean> {
    const { editing } = this;
    return (
      (await attempt(async () => {
        const isSaved = await editing.save();
        if (isSaved) say(t("saved"), "good");
        else this.comparison = ofConflict(editing);
        return isSaved;
      })) ?? false
    );
  }

  async makeLive(): Promise<void> {
    const { editing } = this;
    editing.look();
    if (editing.isChanged && !(await this.save())) return;
    const { flow } = editing;
    if (!flow) return;
    try {
      editing.changed(await this.server.makeDraftLive(flow.id, flow.revision, ""));
      say(t("versions.isLive", { version: editing.flow?.live?.version ?? "" }), "good");
    } catch (error) {
      this.showRefusal(error);
      complain(error);
    }
  }

  async toggle(): Promise<void> {
    const { flow } = this.editing;
    if (!flow) return;
    await attempt(async () => {
      this.editing.changed(await this.server.enableFlow(flow.id, !flow.enabled));
    });
  }

  async compare(version: Version): Promise<void> {
    await attempt(async () => {
      const { id } = this.editing;
      this.comparison = await ofVersion(this.server, id, version, this.editing.source());
    });
  }

  /** The draft becomes a version again: an act like any other, which can be undone. */
  async restore(version: Version): Promise<void> {
    await attempt(async () => {
      const { source } = await this.server.version(this.editing.id, version.number);
      const canvas = this.shows.canvas();
      if (source) canvas?.replace(source.workspace);
      canvas?.zoomToFit();
      say(t("versions.restored", { version: version.number }), "good");
    });
  }

  /** Goes on with one of two drafts that were saved at the same time. */
  async resolve(how: "mine" | "theirs" | "copy"): Promise<void> {
    const { conflict } = this.editing;
    this.comparison = undefined;
    await attempt(async () => {
      if (how === "mine" && (await this.editing.saveAnyway())) say(t("saved"), "good");
      if (how === "copy" && conflict) {
        const name = `${conflict.yours.name} (2)`;
        const copy = await this.server.createFlow({ ...conflict.yours, name });
        say(t("conflict.copied", { name: copy.name }), "good");
      }
      if (how !== "mine") this.#show(this.editing.takeTheirs());
    });
  }

  /** Gives up what this browser kept of an earlier visit. */
  async discard(): Promise<void> {
    this.#show(await this.editing.discard());
  }

  /** A flow with errors isn't run, nor made live: shows which. */
  showRefusal(error: unknown): void {
    const problems = error instanceof RequestError ? error.data["problems"] : undefined;
    if (!Array.isArray(problems)) return;
    this.editing.problems = problems as Problem[];
    this.editing.onchecked();
    this.shows.problems();
  }

  #show(workspace: Source["workspace"] | undefined): void {
    const canvas = this.shows.canvas();
    if (!canvas || !workspace) return;
    canvas.open(workspace);
    this.editing.settle(canvas.save());
    this.editing.look();
    this.shows.loaded();
  }
}

/** Does something that the server may refuse, and says so when it does. */
async function attempt<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    complain(error);
    return undefined;
  }
}
