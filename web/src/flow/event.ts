/** The event that a run is started with, as the form beside the canvas makes it. */

import type { FlowEvent, Trigger } from "../api/types";
import type { Store } from "../state/memory";

/** A choice in the form: what sets the flow off. */
export function triggerKey(trigger: Trigger): string {
  return `${trigger.type} ${trigger.name ?? ""}`.trim();
}

/** The event that sets off this trigger, with data as JSON text. Throws when it is no JSON. */
export function eventFor(trigger: Trigger | undefined, json: string): FlowEvent {
  const data: unknown = json.trim() === "" ? undefined : JSON.parse(json);
  const withData = data === undefined ? {} : { data };
  if (!trigger) return withData;
  const name = trigger.name === undefined ? {} : { name: trigger.name };
  return { type: trigger.type, ...name, ...withData };
}

/** Data to begin with: what a webhook gets is more than its body. */
export function sampleFor(trigger: Trigger | undefined): string {
  if (trigger?.type !== "http") return "{\n  \n}";
  const sample = {
    method: trigger.method ?? "POST",
    path: trigger.path ?? "/",
    params: {},
    query: {},
    headers: {},
    body: {},
  };
  return JSON.stringify(sample, null, 2);
}

/**
 * The event's data, from what was typed; undefined while it can't be read. For previews.
 */
export function dataOf(json: string): unknown {
  try {
    return json.trim() === "" ? undefined : JSON.parse(json);
  } catch {
    return undefined;
  }
}

const keyOf = (flow: string): string => `blockcast.event.${flow}`;

/** Keeps the data that a flow is tried with in this browser. */
export function rememberEvent(store: Store, flow: string, data: unknown): void {
  try {
    if (data !== undefined) {
      store.setItem(keyOf(flow), typeof data === "string" ? data : JSON.stringify(data, null, 2));
    }
  } catch {
    // It has to be typed again, then.
  }
}

/** The data that a flow was tried with last, as JSON text. */
export function rememberedEvent(store: Store, flow: string): string {
  try {
    return store.getItem(keyOf(flow)) ?? "";
  } catch {
    return "";
  }
}
