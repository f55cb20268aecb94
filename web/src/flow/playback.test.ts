import { describe, expect, it } from "vitest";
import type { RunReport, Trace } from "../api/types";
import { marksOf, publishesUntil, variablesAt } from "./playback";

const trace: Trace = {
  steps: [
    { at: 2, block: "a", set: { n: "1" } },
    { at: 5, block: "b" },
    { at: 9, block: "c", set: { n: "2", name: '"Ann"' } },
    { at: 12, block: "d" },
  ],
  keyframes: [{ step: 0, variables: { n: "nothing", name: "nothing" } }],
  blocks: 13,
  sampled: false,
};

const report: RunReport = {
  status: "completed",
  result: null,
  response: null,
  prints: [{ text: "x", step: 5 }],
  publishes: [{ channel: "default", body: {}, step: 12 }],
  steps: 13,
  elapsedUs: 1,
  trace,
};

const values = (one: Trace, index: number): object =>
  Object.fromEntries(variablesAt(one, index).map(({ name, value }) => [name, value]));

describe("variables", () => {
  it("are those before the step, forwards and backwards", () => {
    expect(values(trace, 0)).toEqual({ n: "nothing", name: "nothing" });
    expect(values(trace, 3)).toEqual({ n: "2", name: '"Ann"' });
    expect(values(trace, 1)).toEqual({ n: "1", name: "nothing" });
  });

  it("begin at the last keyframe", () => {
    const later = { ...trace, keyframes: [...trace.keyframes, { step: 2, variables: { n: "7" } }] };
    expect(values(later, 2)).toEqual({ n: "7" });
    expect(values(later, 3)).toEqual({ n: "2", name: '"Ann"' });
  });

  it("that the step before has set are fresh", () => {
    expect(variablesAt(trace, 1).filter(({ isFresh }) => isFresh)).toHaveLength(1);
    expect(variablesAt(trace, 2).filter(({ isFresh }) => isFresh)).toHaveLength(0);
  });
});

it("what is published later is not shown yet", () => {
  expect(publishesUntil(report, trace.steps[2])).toEqual([]);
  expect(publishesUntil(report, trace.steps[3])).toHaveLength(1);
});

it("marks stand at the step that was executing, and an error at the last", () => {
  expect(marksOf(report, trace)).toEqual([
    { index: 1, kind: "print" },
    { index: 3, kind: "publish" },
  ]);
  const failed = { ...report, error: { code: "x", message: "y" } };
  expect(marksOf(failed, trace).at(-1)).toEqual({ index: 3, kind: "error" });
});
