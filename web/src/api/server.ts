/** The server's API as the pages use it: one method a request. One instance a session. */

import type { Category } from "../canvas/entry";
import { type Answer, Http, type Page, query } from "./http";
import type * as Api from "./types";

const part = encodeURIComponent;

/** Rows of a list that are asked for at once. */
const PAGE_SIZE = 50;

/** Begins a session with the token of a sign-in link, or goes on with the cookie's. */
export async function session(token?: string): Promise<Http | undefined> {
  const http = new Http("");
  try {
    const { csrfToken } = token
      ? await http.post<{ csrfToken: string }>("/api/session", { token })
      : await http.get<{ csrfToken: string }>("/api/session");
    return new Http(csrfToken);
  } catch (error) {
    if (token) throw error;
    return undefined;
  }
}

/** The palette. Anybody may ask for it. */
export async function categories(): Promise<Category[]> {
  return (await new Http("").get<Api.Palette>("/api/blocks")).categories;
}

export class Server {
  readonly #app: string;

  constructor(
    readonly http: Http,
    readonly appId: string,
  ) {
    this.#app = `/api/v1/apps/${part(appId)}`;
  }

  /** The first application of the server. */
  static async first(http: Http): Promise<Server> {
    const { appId } = await http.get<{ appId: string }>("/api/v1/app");
    return new Server(http, appId);
  }

  signOut(): Promise<void> {
    return this.http.delete("/api/session");
  }

  check(source: Api.Source): Promise<Api.Checked> {
    return this.http.post("/api/check", { source });
  }

  diff(from: Api.Source, to: Api.Source): Promise<Api.Diff> {
    return this.http.post("/api/diff", { from, to });
  }

  /** Draws what phones would show; refused as publishing it would be. */
  preview(draft: Api.PreviewDraft): Promise<Api.Previews> {
    return this.http.post("/api/preview", draft);
  }

  async gallery(): Promise<Api.Example[]> {
    return (await this.http.get<{ items: Api.Example[] }>("/api/gallery")).items;
  }

  flows(cursor?: string): Promise<Page<Api.Flow>> {
    return this.http.get(`${this.#app}/flows${query({ limit: PAGE_SIZE, cursor })}`);
  }

  createFlow(draft: { name: string; description?: string; source: Api.Source }): Promise<Api.Flow> {
    return this.http.post(`${this.#app}/flows`, draft);
  }

  flow(id: string): Promise<Api.Flow> {
    return this.http.get(this.#flow(id));
  }

  /** Saves over this revision; refused with status 412 when there is a newer one. */
  saveFlow(id: string, draft: Api.FlowDraft, revision: number): Promise<Answer<Api.Flow>> {
    return this.http.send("PUT", this.#flow(id), draft, String(revision));
  }

  deleteFlow(id: string): Promise<void> {
    return this.http.delete(this.#flow(id));
  }

  enableFlow(id: string, isEnabled: boolean): Promise<Api.Flow> {
    return this.http.post(`${this.#flow(id)}/${isEnabled ? "enable" : "disable"}`);
  }

  exportUrl(id: string): string {
    return `${this.#flow(id)}/export`;
  }

  versions(id: string): Promise<Page<Api.Version>> {
    return this.http.get(`${this.#flow(id)}/versions${query({ limit: PAGE_SIZE })}`);
  }

  version(id: string, number: number): Promise<Api.Version> {
    return this.http.get(`${this.#flow(id)}/versions/${number}`);
  }

  /** Makes the draft of this revision live. */
  makeDraftLive(id: string, revision: number, note: string): Promise<Api.Flow> {
    return this.http.post(`${this.#flow(id)}/live`, { note }, String(revision));
  }

  makeVersionLive(id: string, version: number): Promise<Api.Flow> {
    return this.http.post(`${this.#flow(id)}/live`, { version });
  }

  async takeOffline(id: string): Promise<Api.Flow> {
    return (await this.http.send<Api.Flow>("DELETE", `${this.#flow(id)}/live`)).body;
  }

  restore(id: string, version: number, revision: number): Promise<Api.Flow> {
    return this.http.post(`${this.#flow(id)}/restore`, { version }, String(revision));
  }

  run(source: Api.Source, event: Api.FlowEvent, isDry: boolean): Promise<Api.RunReport> {
    return this.http.post(`${this.#app}/flows/run`, { source, event, dry: isDry, trace: true });
  }

  runs(filter: { flow?: string; outcome?: string; cursor?: string }): Promise<Page<Api.Run>> {
    return this.http.get(`${this.#app}/runs${query({ limit: PAGE_SIZE, ...filter })}`);
  }

  runRecord(id: string): Promise<Api.Run> {
    return this.http.get(`${this.#app}/runs/${part(id)}`);
  }

  runTrace(id: string): Promise<{ source: Api.Source; trace: Api.Trace }> {
    return this.http.get(`${this.#app}/runs/${part(id)}/trace`);
  }

  messages(filter: { status?: string; cursor?: string }): Promise<Page<Api.Message>> {
    return this.http.get(`${this.#app}/messages${query({ limit: PAGE_SIZE, ...filter })}`);
  }

  cancelMessage(id: string): Promise<Api.Message> {
    return this.http.post(`${this.#app}/messages/${part(id)}/cancel`);
  }

  devices(filter: { where?: string; cursor?: string }): Promise<Page<Api.DeviceRecord>> {
    return this.http.get(`${this.#app}/devices${query({ limit: PAGE_SIZE, ...filter })}`);
  }

  removeDevice(id: string): Promise<void> {
    return this.http.delete(`${this.#app}/devices/${part(id)}`);
  }

  /** One device; refused with status 404 when it isn't registered. */
  device(id: string): Promise<Api.DeviceRecord> {
    return this.http.get(`${this.#app}/devices/${part(id)}`);
  }

  templates(cursor?: string): Promise<Page<Api.StoredTemplate>> {
    return this.http.get(`${this.#app}/templates${query({ limit: PAGE_SIZE, cursor })}`);
  }

  template(name: string): Promise<Api.StoredTemplate> {
    return this.http.get(this.#template(name));
  }

  createTemplate(template: Api.Template): Promise<Api.StoredTemplate> {
    return this.http.post(`${this.#app}/templates`, template);
  }

  /** Saves over this version; refused with status 412 when there is a newer one. */
  async saveTemplate(template: Api.Template, version: number): Promise<Api.StoredTemplate> {
    const path = this.#template(template.name);
    return (await this.http.send<Api.StoredTemplate>("PUT", path, template, String(version))).body;
  }

  removeTemplate(name: string): Promise<void> {
    return this.http.delete(this.#template(name));
  }

  /** How many devices a push would go to now. */
  async templateAudience(name: string, push: Api.TemplatePush): Promise<number> {
    const path = `${this.#template(name)}/audience`;
    return (await this.http.post<{ devices: number }>(path, push)).devices;
  }

  pushTemplate(name: string, push: Api.TemplatePush): Promise<{ messageId: string }> {
    return this.http.post(`${this.#template(name)}/push`, push);
  }

  keys(): Promise<Page<Api.Key>> {
    return this.http.get(`${this.#app}/keys${query({ limit: PAGE_SIZE })}`);
  }

  createKey(draft: { name: string; roles: Api.Role[] }): Promise<Api.Key & { secret: string }> {
    return this.http.post(`${this.#app}/keys`, draft);
  }

  revokeKey(id: string): Promise<void> {
    return this.http.delete(`${this.#app}/keys/${part(id)}`);
  }

  #template(name: string): string {
    return `${this.#app}/templates/${part(name)}`;
  }

  #flow(id: string): string {
    return `${this.#app}/flows/${part(id)}`;
  }
}
