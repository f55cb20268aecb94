/** A run's trace as a film: what was so at each step. */

import type { Publish, RunReport, Step, Trace } from "../api/types";

export interface Variable {
  name: string;
  value: string;
  /** Whether the step before this one set it. */
  isFresh: boolean;
}

/** The variables as they were before step `index` ran, by name. */
export function variablesAt(trace: Trace, index: number): Variable[] {
  const keyframe = trace.keyframes.findLast(({ step }) => step <= index);
  const values = new Map(Object.entries(keyframe?.variables ?? {}));
  for (let n = keyframe?.step ?? 0; n < index; n++) {
    for (const [name, value] of Object.entries(trace.steps[n]?.set ?? {})) values.set(name, value);
  }
  const fresh = trace.steps[index - 1]?.set ?? {};
  return [...values]
    .map(([name, value]) => ({ name, value, isFresh: name in fresh }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** What had been printed when this step ran. */
export function printsUntil(report: RunReport, step: Step | undefined): RunReport["prints"] {
  return report.prints.filter((print) => !step || print.step <= step.at);
}

/** What had been published when this step ran. */
export function publishesUntil(report: RunReport, step: Step | undefined): Publish[] {
  return report.publishes.filter((publish) => !step || publish.step <= step.at);
}

/** The places on the timeline, in steps, where something was published or printed, or failed. */
export function marksOf(report: RunReport, trace: Trace): { index: number; kind: string }[] {
  // Steps are in order of `at`, so a mark is found by halving.
  const indexOf = (at: number): number => {
    let [low, high] = [0, trace.steps.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((trace.steps[middle]?.at ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const marks = [
    ...report.prints.map(({ step }) => ({ index: indexOf(step), kind: "print" })),
    ...report.publishes.map(({ step }) => ({ index: indexOf(step), kind: "publish" })),
  ];
  if (report.error) marks.push({ index: trace.steps.length - 1, kind: "error" });
  // More than the bar has pixels can't be seen.
  return marks.slice(-400);
}
