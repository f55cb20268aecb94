/** The messaging API as this page uses it. One class a sign-in; the key is in its paths. */

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
  headers?: Record<string, string | number>;
  publishPolicy: "PUSH";
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
  }
}

export class Client {
  readonly #base: string;

  constructor(credentials: Credentials, origin = "") {
    const part = encodeURIComponent;
    this.#base = `${origin}/${part(credentials.appId)}/${part(credentials.apiKey)}`;
  }

  /** Registers a virtual device on these channels, or moves it to them. */
  register(deviceId: string, os: Os, osVersion: string, channels: string[]): Promise<unknown> {
    const deviceToken = `virtual:${deviceId}`;
    return this.#post("/messaging/registrations", {
      deviceToken,
      deviceId,
      os,
      osVersion,
      channels,
    });
  }

  publish(channel: string, body: PublishBody): Promise<Receipt> {
    return this.#post(`/messaging/${encodeURIComponent(channel)}`, body) as Promise<Receipt>;
  }

  /** Where a device's notifications come as server-sent events. */
  notificationsUrl(deviceId: string): string {
    return `${this.#base}/messaging/registrations/${encodeURIComponent(deviceId)}/notifications`;
  }

  async #post(path: string, body: unknown): Promise<unknown> {
    let response: Response;
    try {
      response = await fetch(this.#base + path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    } catch {
      throw new ApiError("The server can't be reached.", 0, 0);
    }
    const answer: unknown = await response.json().catch(() => null);
    if (response.ok) return answer;
    const { message, code } = (answer ?? {}) as { message?: string; code?: number };
    throw new ApiError(
      message ?? `The server answered ${response.status}.`,
      response.status,
      code ?? 0,
    );
  }
}
