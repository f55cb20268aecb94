/** The run that is stepped through: one just made of the draft, or a stored one of some version. */

import type { Server } from "../../api/server";
import type { FlowEvent, Run, RunReport, Source, Trace } from "../../api/types";

export class Stepper {
  report = $state.raw<RunReport | undefined>();
  /** The step that is shown. */
  index = $state(0);
  isRunning = $state(false);
  /** Why nothing was run; empty when all is well. */
  problem = $state("");
  /** A stored run: it plays on a canvas of its own, with that version's blocks. */
  replay = $state.raw<{ run: Run; source: Source } | undefined>();

  readonly trace = $derived<Trace | undefined>(this.report?.trace ?? undefined);
  readonly step = $derived(this.trace?.steps[this.index]);
  /** Whether the step that is shown is the one that failed. */
  readonly isAtError = $derived(
    Boolean(this.report?.error) && this.index === (this.trace?.steps.length ?? 0) - 1,
  );

  /** Makes the run again that was made last; a real one is made once. */
  #again: (() => Promise<RunReport>) | undefined;

  constructor(private readonly server: Server) {}

  /** Runs a flow, dry or for real. Throws what the server says, and keeps its words. */
  async start(source: Source, event: FlowEvent, isDry: boolean): Promise<RunReport> {
    this.close();
    this.isRunning = true;
    this.problem = "";
    try {
      const run = (): Promise<RunReport> => this.server.run(source, event, isDry);
      const report = await run();
      this.#again = isDry ? run : undefined;
      this.#show(report);
      return report;
    } catch (error) {
      this.problem = (error as Error).message;
      throw error;
    } finally {
      this.isRunning = false;
    }
  }

  /** Opens a stored run; false when it has no report yet. */
  async open(id: string): Promise<boolean> {
    const [run, { source, trace }] = await Promise.all([
      this.server.runRecord(id),
      this.server.runTrace(id),
    ]);
    if (!run.report) return false;
    this.close();
    this.replay = { run, source };
    this.#show({ ...run.report, trace });
    return true;
  }

  /** Says why the run failed in the language that the page speaks now. */
  async retell(): Promise<void> {
    const { report, replay } = this;
    if (!report?.error) return;
    const told = replay
      ? (await this.server.runRecord(replay.run.id)).report
      : await this.#again?.();
    if (told?.error && this.report === report) this.report = { ...report, error: told.error };
  }

  close(): void {
    this.report = undefined;
    this.replay = undefined;
    this.index = 0;
  }

  #show(report: RunReport): void {
    const last = Math.max(0, (report.trace?.steps.length ?? 1) - 1);
    // An error is where one wants to be; else the story begins at its beginning.
    this.index = report.error ? last : 0;
    this.report = report;
  }
}
