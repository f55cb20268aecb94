/**
 * A stored flow while somebody works on it: what is saved and what isn't, what the checker says,
 * and what happens when somebody else has saved meanwhile.
 */

import { RequestError } from "../../api/http";
import type { Server } from "../../api/server";
import type { Diff, Flow, FlowDraft, Problem, Source, Trigger } from "../../api/types";
import type { WorkspaceState } from "../../canvas/entry";
import { forget, keep, type Kept, kept } from "../../flow/autosave";
import type { Store } from "../../state/memory";

/** Milliseconds after the last change until it is kept in the browser and checked. */
const PAUSE_MS = 300;

/** Somebody else has saved: what they have, and what differs from there to here. */
export interface Conflict {
  theirs: Flow;
  yours: FlowDraft;
  diff: Diff;
}

export class Editing {
  flow = $state.raw<Flow | undefined>();
  name = $state("");
  /** Why the flow can't be shown. */
  failure = $state("");
  isChanged = $state(false);
  isSaving = $state(false);
  /** Whether the last save failed for want of a server. */
  isOffline = $state(false);
  problems = $state.raw<readonly Problem[]>([]);
  triggers = $state.raw<readonly Trigger[]>([]);
  conflict = $state.raw<Conflict | undefined>();
  /** What this browser kept of an earlier visit, once, to tell of it. */
  recovered = $state.raw<Kept | undefined>();

  /** The workspace as it is now; the page sets it when there is a canvas. */
  read: () => WorkspaceState = () => ({});
  /** Whether a block is being moved: what is in the air is nowhere, which is no problem of the flow. */
  isMoving: () => boolean = () => false;
  /** Told when the checker has answered. */
  onchecked: () => void = () => {};

  #saved = "";
  #shell: Source = { workspace: {} };
  #pause: ReturnType<typeof setTimeout> | undefined;
  #checks = 0;
  #isLeft = false;

  constructor(
    readonly server: Server,
    readonly id: string,
    private readonly store: Store,
  ) {}

  /** Fetches the flow; gives the workspace to show: what was kept here, else what was saved. */
  async open(): Promise<WorkspaceState | undefined> {
    try {
      const flow = await this.server.flow(this.id);
      this.#take(flow);
      const mine = kept(this.store, this.id);
      if (mine && mine.at > flow.changedAt) {
        this.recovered = mine;
        this.name = mine.name;
        // What it builds on decides whether saving is refused.
        this.flow = { ...flow, revision: mine.revision };
        return mine.source.workspace;
      }
      if (mine) forget(this.store, this.id);
      return flow.source?.workspace;
    } catch (error) {
      this.failure = (error as Error).message;
      return undefined;
    }
  }

  /** The canvas shows what is saved: compare with that from now on. */
  settle(saved: WorkspaceState): void {
    this.#saved = JSON.stringify(saved);
  }

  /** Something has changed: keeps it and has it checked, once the author pauses. */
  touched(): void {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => (this.isMoving() ? this.touched() : this.look()), PAUSE_MS);
  }

  /** The canvas goes: a change of the last moment is kept, and nothing is read any more. */
  leave(): void {
    if (this.#pause !== undefined) this.look();
    this.#isLeft = true;
  }

  /** Keeps what there is (read, if not given) in this browser and has it checked, now. */
  look(workspace?: WorkspaceState): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
    const { flow } = this;
    if (!flow || this.#isLeft) return;
    const now = workspace ?? this.read();
    this.isChanged = this.name !== flow.name || JSON.stringify(now) !== this.#saved;
    if (this.isChanged) {
      keep(this.store, this.id, {
        ...this.draft(now),
        revision: flow.revision,
        at: Date.now(),
      });
    } else {
      forget(this.store, this.id);
    }
    void this.#check(now);
  }

  source(workspace = this.read()): Source {
    return { ...this.#shell, workspace };
  }

  draft(workspace = this.read()): FlowDraft {
    const name = this.name.trim() || (this.flow?.name ?? "");
    return { name, description: this.flow?.description ?? "", source: this.source(workspace) };
  }

  /** Saves; true when it is saved. When somebody else was first, {@link conflict} says so. */
  async save(): Promise<boolean> {
    const { flow } = this;
    if (!flow || this.isSaving) return false;
    this.isSaving = true;
    const workspace = this.read();
    const draft = this.draft(workspace);
    try {
      const { body } = await this.server.saveFlow(this.id, draft, flow.revision);
      this.#take(body);
      this.#saved = JSON.stringify(workspace);
      this.isOffline = false;
      this.recovered = undefined;
      this.look();
      return true;
    } catch (error) {
      if (error instanceof RequestError && error.status === 412) {
        const { theirs, diff } = error.data as { theirs: Flow; diff: Diff };
        this.conflict = { theirs, diff, yours: draft };
        return false;
      }
      this.isOffline = error instanceof RequestError && error.status === 0;
      this.look();
      throw error;
    } finally {
      this.isSaving = false;
    }
  }

  /** Saves over what somebody else has saved. */
  async saveAnyway(): Promise<boolean> {
    const { conflict } = this;
    if (!conflict) return false;
    this.conflict = undefined;
    this.flow = conflict.theirs;
    return this.save();
  }

  /** Gives up what is here for what somebody else has saved; gives the workspace to show. */
  takeTheirs(): WorkspaceState | undefined {
    const theirs = this.conflict?.theirs;
    this.conflict = undefined;
    if (!theirs) return undefined;
    this.#take(theirs);
    forget(this.store, this.id);
    this.recovered = undefined;
    return theirs.source?.workspace;
  }

  /** Gives up what this browser kept; gives the workspace as it is saved. */
  async discard(): Promise<WorkspaceState | undefined> {
    clearTimeout(this.#pause);
    forget(this.store, this.id);
    this.recovered = undefined;
    return this.open();
  }

  /** What the server says of the flow after a request that changed it. */
  changed(flow: Flow): void {
    this.flow = { ...this.flow, ...flow };
  }

  async #check(workspace: WorkspaceState): Promise<void> {
    const turn = ++this.#checks;
    try {
      const { problems, triggers } = await this.server.check(this.source(workspace));
      if (turn !== this.#checks || this.#isLeft) return;
      this.problems = problems;
      this.triggers = triggers;
      this.isOffline = false;
      this.onchecked();
    } catch (error) {
      if (error instanceof RequestError && error.status === 0) this.isOffline = true;
    }
  }

  #take(flow: Flow): void {
    this.flow = flow;
    this.name = flow.name;
    this.problems = flow.problems ?? [];
    this.triggers = flow.triggers ?? [];
    if (flow.source) this.#shell = flow.source;
  }
}
