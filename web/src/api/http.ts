/** Requests to the server by session: the cookie goes by itself, the token against forgery here. */

import { language, t } from "../i18n/i18n.svelte";
import { ApiError } from "./client";

/** A page of a list; `nextCursor` asks for the next one. */
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

export interface Answer<T> {
  body: T;
  /** The version that `If-Match` names; empty when the answer has none. */
  version: string;
}

/** An error with what the server adds to it. */
export class RequestError extends ApiError {
  constructor(
    message: string,
    status: number,
    code: number,
    /** What helps to mend it: problems of a flow, what the others saved. */
    readonly data: Record<string, unknown>,
  ) {
    super(message, status, code);
    this.name = "RequestError";
  }
}

/** Milliseconds after which a request is given up: runs may take their time. */
const TIMEOUT_MS = 30_000;

export class Http {
  /** Told when the session is over. */
  onSignedOut: () => void = () => {};

  constructor(private readonly csrfToken: string) {}

  async get<T>(path: string): Promise<T> {
    return (await this.send<T>("GET", path)).body;
  }

  async post<T>(path: string, body?: unknown, version?: string): Promise<T> {
    return (await this.send<T>("POST", path, body, version)).body;
  }

  async delete(path: string): Promise<void> {
    await this.send("DELETE", path);
  }

  /** `version` is what the change builds on; the server refuses it when there is a newer one. */
  async send<T>(
    method: string,
    path: string,
    body?: unknown,
    version?: string,
  ): Promise<Answer<T>> {
    // The page's language, which need not be the browser's.
    const headers: Record<string, string> = { "accept-language": language() };
    if (method !== "GET") headers["x-csrf-token"] = this.csrfToken;
    if (body !== undefined) headers["content-type"] = "application/json";
    if (version !== undefined) headers["if-match"] = `"${version}"`;
    const init: RequestInit = { method, headers, signal: AbortSignal.timeout(TIMEOUT_MS) };
    if (body !== undefined) init.body = JSON.stringify(body);
    let response: Response;
    try {
      response = await fetch(path, init);
    } catch {
      throw new RequestError(t("server.unreachable"), 0, 0, {});
    }
    const answer: unknown =
      response.status === 204 ? null : await response.json().catch(() => null);
    if (!response.ok) throw this.#refused(response.status, answer);
    const version_ = (response.headers.get("etag") ?? "").replace(/^W\/|"/g, "");
    return { body: answer as T, version: version_ };
  }

  #refused(status: number, answer: unknown): RequestError {
    if (status === 401) this.onSignedOut();
    const { message, code, errorData } = (answer ?? {}) as {
      message?: string;
      code?: number;
      errorData?: Record<string, unknown>;
    };
    const words = message ?? t("server.answered", { status });
    return new RequestError(words, status, code ?? 0, errorData ?? {});
  }
}

/** A query of those values that are given. */
export function query(values: Record<string, string | number | undefined>): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== "");
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text && `?${text}`;
}
