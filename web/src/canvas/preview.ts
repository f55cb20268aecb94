/**
 * What a publish block will show on phones, as far as it can be told before a run: literals,
 * texts that are joined, and values of the sample event. All else is a placeholder such as ‹name›.
 * The headers become a notification by the same rules as in the server (`src/deliver/payload.rs`).
 */

import type { Os } from "../api/client";
import { messageText, type Notification } from "../phone/notification";
import type { BlockState } from "./entry";

/** What is known besides the block. */
export interface Surroundings {
  /** Names of variables by id. */
  variables: ReadonlyMap<string, string>;
  /** Data of the sample event; undefined when there is none. */
  data: unknown;
}

/** A message as a publish block makes it. */
export interface Draft {
  channel: string;
  message: unknown;
  headers: Record<string, string>;
  /** Who gets it, by the rule of the block. */
  android: boolean;
  ios: boolean;
}

/** Blocks that publish. */
export const PUBLISHING = new Set(["messaging_publish_push", "messaging_publish_options"]);

const HEADERS: Record<string, string> = {
  ANDROID_TICKER_TEXT: "android-ticker-text",
  ANDROID_CONTENT_TITLE: "android-content-title",
  ANDROID_CONTENT_TEXT: "android-content-text",
  IOS_ALERT: "ios-alert",
  IOS_BADGE: "ios-badge",
};

/** The message of a publish block. */
export function draftOf(block: BlockState, around: Surroundings): Draft {
  const input = (name: string): unknown => valueOf(plugged(block, name), around);
  const given = Object.entries(HEADERS).map(([name, header]) => [header, input(name)] as const);
  const more = input("HEADERS");
  const entries = [
    ...(isObject(more) ? Object.entries(more) : []),
    ...given.filter(([, value]) => value !== undefined && value !== ""),
  ];
  const headers = Object.fromEntries(entries.map(([name, value]) => [name, messageText(value)]));
  const forOs = (prefix: string): boolean => Object.keys(headers).some((h) => h.startsWith(prefix));
  const [android, ios] = [forOs("android-"), forOs("ios-")];
  const targets = ["FOR_IOS", "FOR_ANDROID"].map((name) => isTicked(block.fields?.[name]));
  const isTargeted = targets.some(Boolean);
  return {
    channel: messageText(input("CHANNEL") || "default"),
    message: input("MESSAGE") ?? "",
    headers,
    android: isTargeted ? targets[1] === true : android || !ios,
    ios: isTargeted ? targets[0] === true : ios || !android,
  };
}

/** The message as a notification of this system; undefined when it doesn't go there. */
export function drawn(draft: Draft, os: Os, at: number): Notification | undefined {
  if (!(os === "ANDROID" ? draft.android : draft.ios)) return undefined;
  const { headers, message } = draft;
  const one: Notification = {
    messageId: "preview",
    deviceId: "preview",
    channel: draft.channel,
    os,
    publishedAt: at,
    message,
    headers,
  };
  if (os === "ANDROID") return { ...one, android: android(headers, message) };
  return { ...one, ios: ios(headers, message) };
}

function android(
  headers: Record<string, string>,
  message: unknown,
): NonNullable<Notification["android"]> {
  return {
    ...named("ticker", headers["android-ticker-text"]),
    ...named("title", headers["android-content-title"]),
    text: headers["android-content-text"] ?? messageText(message),
  };
}

function ios(headers: Record<string, string>, message: unknown): NonNullable<Notification["ios"]> {
  const badge = headers["ios-badge"]?.trim();
  return {
    ...named("title", headers["ios-alert-title"]),
    ...named("subtitle", headers["ios-alert-subtitle"]),
    ...named("body", headers["ios-alert-body"] ?? headers["ios-alert"] ?? messageText(message)),
    ...(badge && /^\d+$/.test(badge) ? { badge: Number(badge) } : {}),
  };
}

function named<K extends string>(name: K, value: string | undefined): { [k in K]?: string } {
  return value === undefined ? {} : ({ [name]: value } as { [k in K]: string });
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
    case "trigger_data":
      return around.data ?? placeholder("event data");
    case "objects_create":
      return created(block, around);
    case "objects_get": {
      const [object, key] = [input("OBJECT"), messageText(input("KEY") ?? "")];
      const value = isObject(object) ? object[key] : undefined;
      return value ?? placeholder(key || "entry");
    }
    case "objects_get_path": {
      const path = messageText(input("PATH") ?? "");
      return follow(input("OBJECT"), path) ?? placeholder(path || "entry");
    }
    case "variables_get": {
      const field = block.fields?.["VAR"] as { id?: string; name?: string } | undefined;
      return placeholder(around.variables.get(field?.id ?? "") ?? field?.name ?? "variable");
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

function joined(block: BlockState, around: Surroundings): string {
  const count = (block.extraState as { itemCount?: number } | undefined)?.itemCount ?? 2;
  const parts = Array.from({ length: count }, (_, n) => valueOf(plugged(block, `ADD${n}`), around));
  return parts.map((part) => messageText(part ?? "")).join("");
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
