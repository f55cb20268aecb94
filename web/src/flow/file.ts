/** Flow files: read from a person's disk, and what a new flow is. */

import type { Source } from "../api/types";
import type { WorkspaceState } from "../canvas/entry";

/** A flow that was read from a file. */
export interface FlowFile {
  name: string;
  source: Source;
}

/**
 * Reads a flow file, or a bare workspace as Blockly saves it. `fileName` gives the name where the
 * file has none. Throws when it is neither.
 */
export function readFlow(text: string, fileName: string): FlowFile {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null) throw new Error("The file is no flow.");
  const file = value as Record<string, unknown>;
  const name = typeof file["name"] === "string" ? file["name"] : fileName.replace(/\.json$/i, "");
  if (file["workspace"]) return { name, source: file as Source };
  if (file["blocks"] || Object.keys(file).length === 0) {
    return { name, source: { workspace: file as WorkspaceState } };
  }
  throw new Error("The file has neither a `workspace` nor `blocks`: it is no flow.");
}

/** What a blank flow begins with: a hat and a push under it. */
export function blankFlow(): Source {
  const text = (value: string) => ({ shadow: { type: "text", fields: { TEXT: value } } });
  const push = {
    type: "messaging_publish_push",
    inputs: {
      CHANNEL: text("default"),
      MESSAGE: text("Hello"),
      ANDROID_TICKER_TEXT: text(""),
      ANDROID_CONTENT_TITLE: text(""),
      ANDROID_CONTENT_TEXT: text(""),
      IOS_ALERT: text(""),
    },
  };
  const hat = { type: "trigger_start", x: 60, y: 60, next: { block: push } };
  return { workspace: { blocks: { languageVersion: 0, blocks: [hat] } } };
}
