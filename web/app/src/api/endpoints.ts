import type { Dashboard, PersonalView } from "../boards/model.ts";
import { request } from "./http.ts";

export interface Session {
  readonly user: { readonly id: string; readonly name: string; readonly role: string };
  readonly expiresAt: number;
}

export interface DashboardEntry {
  readonly id: string;
  readonly title: string;
  readonly personal: boolean;
}

export interface DashboardAnswer {
  readonly dashboard: Dashboard;
  readonly shared: Dashboard;
  readonly personal: { readonly revision: number; readonly view: PersonalView } | null;
}

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
  readonly streams: readonly string[];
}

export interface NewApiKey {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly key: string;
}

export interface StreamInfo {
  readonly name: string;
  readonly events: number;
  readonly fields: Readonly<Record<string, "number" | "bool" | "string">>;
  readonly tags: readonly string[];
  readonly lastAccepted: number | null;
}

const ROOT = "/api/v1";
const at = (id: string) => encodeURIComponent(id);

/** The REST interface, call by call. */
export const api = {
  session: (signal?: AbortSignal) => request<Session>("GET", `${ROOT}/session`, signal ? { signal } : {}),
  signIn: (token: string) => request<Session>("POST", `${ROOT}/session`, { body: { token } }),
  signOut: () => request<undefined>("DELETE", `${ROOT}/session`),
  socketToken: () =>
    request<{ token: string; expiresInSeconds: number; connectAfterMs: number }>(
      "POST",
      `${ROOT}/session/socket-token`,
    ),
  dashboards: async () => (await request<{ dashboards: DashboardEntry[] }>("GET", `${ROOT}/dashboards`)).dashboards,
  dashboard: (id: string) => request<DashboardAnswer>("GET", `${ROOT}/dashboards/${at(id)}`),
  savePersonalView: (id: string, revision: number, view: PersonalView, keepalive = false) =>
    request<{ revision: number }>("PUT", `${ROOT}/dashboards/${at(id)}/personal-view`, {
      body: { revision, view },
      keepalive,
    }),
  dropPersonalView: (id: string) => request<undefined>("DELETE", `${ROOT}/dashboards/${at(id)}/personal-view`),
  keys: async () => (await request<{ keys: ApiKey[] }>("GET", `${ROOT}/keys`)).keys,
  createKey: (name: string, streams: readonly string[]) =>
    request<NewApiKey>("POST", `${ROOT}/keys`, { body: { name, streams } }),
  revokeKey: (id: string) => request<undefined>("DELETE", `${ROOT}/keys/${at(id)}`),
  streams: async () => (await request<{ streams: StreamInfo[] }>("GET", `${ROOT}/streams`)).streams,
} as const;
