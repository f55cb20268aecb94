/** What the server's API says and takes. Times are milliseconds since 1970. */

import type { Category, WorkspaceState } from "../canvas/entry";
import type { Notification } from "../phone/notification";

/** A flow file: the workspace and what stands around it. */
export interface Source {
  workspace: WorkspaceState;
  [other: string]: unknown;
}

/** What the checker found. */
export interface Problem {
  severity: "error" | "warning";
  code: string;
  message: string;
  hint?: string;
  block?: string;
  type?: string;
}

/** What a hat of a flow waits for. */
export interface Trigger {
  type: string;
  name?: string;
  block?: string;
  method?: string;
  path?: string;
}

export interface Checked {
  errors: number;
  problems: Problem[];
  triggers: Trigger[];
}

export interface Flow {
  id: string;
  name: string;
  description: string;
  enabled: boolean;
  revision: number;
  createdAt: number;
  changedAt: number;
  live: {
    version: number;
    publishedAt: number;
    /** Why it can't run any more: its blocks are gone. */
    problems?: Problem[];
  } | null;
  latestVersion: number | null;
  changedSinceLive: boolean;
  errors?: number;
  /** In answers about one flow. */
  source?: Source;
  problems?: Problem[];
  triggers?: Trigger[];
}

/** What is saved of a flow. */
export interface FlowDraft {
  name: string;
  description: string;
  source: Source;
}

export interface Version {
  number: number;
  note: string;
  createdAt: number;
  live: boolean;
  name: string;
  source?: Source;
}

export interface Change {
  what: string;
  name?: string;
  from?: unknown;
  to?: unknown;
}

export interface Diff {
  same: boolean;
  added: { block: string; type: string }[];
  removed: { block: string; type: string }[];
  changed: { block: string; type: string; changes: Change[] }[];
  moved: { block: string; type: string }[];
  variables: { id: string; from: string | null; to: string | null }[];
}

export interface FlowEvent {
  type?: string;
  name?: string;
  data?: unknown;
  answers?: Record<string, string>;
}

export interface Example {
  id: string;
  name: string;
  description: string;
  source: Source;
  event?: FlowEvent;
}

export interface Step {
  /** Ordinal of the block in the run. */
  at: number;
  block: string;
  in?: Record<string, string>;
  out?: string;
  set?: Record<string, string>;
  depth?: number;
}

export interface Trace {
  steps: Step[];
  keyframes: { step: number; variables: Record<string, string> }[];
  /** Blocks that were executed, sampled or not. */
  blocks: number;
  sampled: boolean;
}

export interface RunError {
  code: string;
  message: string;
  hint?: string;
  block?: string;
}

export interface PublishBody {
  message?: unknown;
  headers?: Record<string, unknown>;
  [other: string]: unknown;
}

export interface Publish {
  /** Empty for a template, which has its own. */
  channel: string;
  template?: string;
  body: PublishBody;
  block?: string;
  step: number;
  audience?: { devices: number; refused: string | null };
  messageId?: string | null;
}

export interface RunReport {
  status: "completed" | "failed";
  result: unknown;
  response: { status: number; headers: Record<string, string>; body: unknown; step: number } | null;
  error?: RunError | null;
  prints: { text: string; block?: string; step: number }[];
  publishes: Publish[];
  steps: number;
  elapsedUs: number;
  trace?: Trace | null;
  stacks?: number;
  event?: FlowEvent;
}

export interface Run {
  id: string;
  flow: string;
  flowName: string;
  version: number;
  startedAt: number;
  elapsedUs: number;
  outcome: "completed" | "failed" | "running" | "interrupted";
  event: { type?: string; name?: string };
  publishes: number;
  steps: number;
  error: RunError | null;
  report?: RunReport;
}

export interface Message {
  messageId: string;
  status: "SCHEDULED" | "PUBLISHED" | "FAILED" | "CANCELLED" | string;
  errorMessage: string | null;
  successfulSendsAmount: number;
  failedSendsAmount: number;
  channel: string;
  message: unknown;
  headers: Record<string, unknown>;
  acceptedAt: number;
  dueAt: number | null;
  repeatEvery: number | null;
}

export interface DeviceRecord {
  deviceId: string;
  deviceToken: string;
  os: string;
  osVersion?: string;
  channels: string[];
  tags?: string[];
}

export type Role = "publish" | "subscribe" | "register" | "read" | "admin";

export interface Key {
  id: string;
  name: string;
  roles: Role[];
  channels: unknown;
  ratePerSecond: number | null;
  expiresAt: number | null;
  createdAt: number;
  version: number;
}

export interface Palette {
  categories: Category[];
}

/** What a template says for one platform, by the API's names. */
export type TemplateOptions = Record<string, unknown>;

/** A push template as it is sent and kept. */
export interface Template {
  name: string;
  message?: string;
  platforms?: string[];
  channelName?: string;
  segmentQuery?: string;
  customHeaders?: Record<string, string>;
  options?: Record<string, TemplateOptions>;
  locales?: Record<string, Record<string, unknown>>;
}

/** Something wrong with, or doubtful about, a place of a template. */
export interface FieldProblem {
  /** Such as `options.android.actions[0].id`. */
  path: string;
  message: string;
}

/** A template as the server keeps it. */
export interface StoredTemplate extends Template {
  version: number;
  changedAt: number;
  warnings: FieldProblem[];
}

/** What a push of a template is given. */
export interface TemplatePush {
  templateValues?: Record<string, unknown>;
  publishAt?: number;
}

/** A message or a template that phones are to show. */
export type PreviewDraft =
  | { message: { channel: string; body: Record<string, unknown> } }
  | {
      template: {
        template: Template;
        templateValues?: Record<string, unknown>;
        properties?: Record<string, unknown>;
        user?: { properties: Record<string, unknown> };
        locale?: string;
      };
    };

/** What phones would show, one notification for each platform that it goes to. */
export interface Previews {
  notifications: Omit<Notification, "deviceId">[];
  /** Names in a template that nothing fills. */
  gaps: string[];
}
