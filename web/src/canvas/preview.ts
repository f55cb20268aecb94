/**
 * What a publish block would send, as far as it can be told before a run: literals, texts that are
 * joined, and values of the sample event. All else is a placeholder such as ‹name›. What phones
 * show of it is drawn by the server (`POST /api/preview`), as it is for sending.
 */

import { messageText } from "../phone/notification";
import type { BlockState } from "./entry";

/** What is known besides the block. */
export interface Surroundings {
  /** Names of variables by id. */
  variables: ReadonlyMap<string, string>;
  /** Data of the sample event; undefined when there is none. */
  data: unknown;
  /** What stands, in the author's language, for values that have no name. */
  words: { data: string; entry: string; variable: string };
}

/** A message as a publish block makes it, or the push of a stored template. */
export type Draft =
  | { kind: "message"; channel: string; body: Record<string, unknown> }
  | { kind: "template"; name: string; values: Record<string, unknown> };

const WITH_TEMPLATE = "messaging_push_with_template";

/** Blocks that publish. */
export const PUBLISHING = new Set([
  "messaging_publish_push",
  "messaging_publish_options",
  WITH_TEMPLATE,
]);

const HEADERS: Record<string, string> = {
  ANDROID_TICKER_TEXT: "android-ticker-text",
  ANDROID_CONTENT_TITLE: "android-content-title",
  ANDROID_CONTENT_TEXT: "android-content-text",
  IOS_ALERT: "ios-alert",
  IOS_BADGE: "ios-badge",
};

/** Bits of `pushBroadcast` by the field that ticks them. */
const TARGETS: Record<string, number> = { FOR_IOS: 1, FOR_ANDROID: 2, FOR_WP: 4, FOR_OSX: 8 };

/** What a publish block would send. */
export function draftOf(block: BlockState, around: Surroundings): Draft {
  const input = (name: string): unknown => valueOf(plugged(block, name), around);
  if (block.type === WITH_TEMPLATE) {
    const values = input("VALUES");
    const name = messageText(input("TEMPLATE") ?? "");
    return { kind: "template", name, values: isObject(values) ? values : {} };
  }
  const given = Object.entries(HEADERS).map(([name, header]) => [header, input(name)] as const);
  const more = input("HEADERS");
  const headers = Object.fromEntries([
    ...(isObject(more) ? Object.entries(more) : []),
    ...given.filter(([, value]) => value !== undefined && value !== ""),
  ]);
  const ticked = Object.entries(TARGETS).filter(([field]) => isTicked(block.fields?.[field]));
  const mask = ticked.reduce((sum, [, bit]) => sum + bit, 0);
  const devices = input("DEVICE_IDS");
  const body = {
    message: input("MESSAGE") ?? "",
    headers,
    publishPolicy: block.fields?.["PUBLISH_POLICY"] ?? "PUSH",
    ...(mask ? { pushBroadcast: mask } : {}),
    ...(Array.isArray(devices) && devices.length > 0 ? { pushSinglecast: devices } : {}),
  };
  return { kind: "message", channel: messageText(input("CHANNEL") || "default"), body };
}

function plugged(block: BlockState, input: string): BlockState | undefined {
  const socket = block.inputs?.[input];
  return socket?.block ?? socket?.shadow;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTicked(field: unknown): boolean {
  return field === true || field === "TRUE";
}

/** The value a block gives, or a placeholder; undefined when there is no block. */
export function valueOf(block: BlockState | undefined, around: Surroundings): unknown {
  if (!block) return undefined;
  const input = (name: string): unknown => valueOf(plugged(block, name), around);
  switch (block.type) {
    case "text":
      return String(block.fields?.["TEXT"] ?? "");
    case "math_number":
      return Number(block.fields?.["NUM"] ?? 0);
    case "logic_boolean":
      return block.fields?.["BOOL"] !== "FALSE";
    case "text_join":
      return joined(block, around);
    case "lists_create_with":
      return items(block, around).filter((item) => item !== undefined && item !== "");
    case "trigger_data":
      return around.data ?? placeholder(around.words.data);
    case "objects_create":
      return created(block, around);
    case "objects_get": {
      const [object, key] = [input("OBJECT"), messageText(input("KEY") ?? "")];
      const value = isObject(object) ? object[key] : undefined;
      return value ?? placeholder(key || around.words.entry);
    }
    case "objects_get_path": {
      const path = messageText(input("PATH") ?? "");
      return follow(input("OBJECT"), path) ?? placeholder(path || around.words.entry);
    }
    case "variables_get": {
      const field = block.fields?.["VAR"] as { id?: string; name?: string } | undefined;
      return placeholder(
        around.variables.get(field?.id ?? "") ?? field?.name ?? around.words.variable,
      );
    }
    default:
      return placeholder(nameIn(block, around) ?? "…");
  }
}

/** The first variable or entry of the event that a block reads: what its value is about. */
function nameIn(block: BlockState, around: Surroundings): string | undefined {
  for (const socket of Object.values(block.inputs ?? {})) {
    const inner = socket.block;
    if (!inner) continue;
    const field = inner.fields?.["VAR"] as { id?: string; name?: string } | undefined;
    const name = field && (around.variables.get(field.id ?? "") ?? field.name);
    const key = plugged(inner, "KEY")?.fields?.["TEXT"];
    const found = name ?? (typeof key === "string" && key ? key : nameIn(inner, around));
    if (found) return found;
  }
  return undefined;
}

function items(block: BlockState, around: Surroundings): unknown[] {
  const count = (block.extraState as { itemCount?: number } | undefined)?.itemCount ?? 2;
  return Array.from({ length: count }, (_, n) => valueOf(plugged(block, `ADD${n}`), around));
}

function joined(block: BlockState, around: Surroundings): string {
  return items(block, around)
    .map((part) => messageText(part ?? ""))
    .join("");
}

function created(block: BlockState, around: Surroundings): Record<string, unknown> {
  const count = (block.extraState as { itemCount?: number } | undefined)?.itemCount ?? 2;
  const pairs = Array.from({ length: count }, (_, n) => [
    String(block.fields?.[`KEY${n}`] ?? "key"),
    valueOf(plugged(block, `VALUE${n}`), around),
  ]);
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined));
}

function follow(from: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), from);
}

function placeholder(name: string): string {
  return `‹${name}›`;
}
