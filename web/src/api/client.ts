/** The messaging API as this page uses it. One client a sign-in; the key is in its paths. */

import { t } from "../i18n/i18n.svelte";

/** What signs an app in: its id and one of its keys. */
export interface Credentials {
  appId: string;
  apiKey: string;
}

export type Os = "ANDROID" | "IOS";

/** How a publish fared when it was accepted. */
export interface Receipt {
  messageId: string;
  status: string;
  errorMessage: string | null;
}

/** The body of a publish: what this page sends of it. */
export interface PublishBody {
  message: unknown;
  headers: Record<string, string>;
  publishPolicy: "PUSH";
  pushBroadcast: Os | "ALL";
}

/** An answer that was no success: the server's own words, or that it can't be reached. */
export class ApiError extends Error {
  constructor(
    message: string,
    /** The HTTP status; 0 when there was no answer. */
    readonly status: number,
    /** The API's error number; 0 when there is none. */
    readonly code: number,
  ) {
    super(message);
    this.name = "ApiError";
  }

  /** True when the app id and key are what the server doesn't like. */
  get isRefusal(): boolean {
    return this.status === 401 || this.status === 403;
  }
}

/** Milliseconds after which a request is given up. */
const TIMEOUT_MS = 10_000;

export class Client {
  readonly appId: string;
  readonly #base: string;

  constructor(credentials: Credentials) {
    const part = encodeURIComponent;
    this.appId = credentials.appId;
    this.#base = `/${part(credentials.appId)}/${part(credentials.apiKey)}/messaging`;
  }

  /** Registers a virtual device on these channels, or moves it to them. */
  async register(
    deviceId: string,
    os: Os,
    osVersion: string,
    channels: readonly string[],
  ): Promise<void> {
    const deviceToken = `virtual:${deviceId}`;
    await this.#post("/registrations", { deviceToken, deviceId, os, osVersion, channels });
  }

  async publish(channel: string, body: PublishBody): Promise<Receipt> {
    return (await this.#post(`/${encodeURIComponent(channel)}`, body)) as Receipt;
  }

  /** Where a device's notifications come as server-sent events. */
  notificationsUrl(deviceId: string): string {
    return `${this.#base}/registrations/${encodeURIComponent(deviceId)}/notifications`;
  }

  async #post(path: string, body: unknown): Promise<unknown> {
    let response: Response;
    try {
      response = await fetch(this.#base + path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch {
      throw new ApiError(t("server.unreachable"), 0, 0);
    }
    const answer: unknown = await response.json().catch(() => null);
    if (response.ok) return answer;
    const { message, code } = (answer ?? {}) as { message?: string; code?: number };
    const words = message ?? t("server.answered", { status: response.status });
    throw new ApiError(words, response.status, code ?? 0);
  }
}
