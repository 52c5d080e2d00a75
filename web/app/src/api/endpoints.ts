import type { Dashboard, PersonalView } from "../boards/model.ts";
import { access, anonymous, request } from "./http.ts";
import type { Session, SessionBody } from "./session.ts";

export type { Session } from "./session.ts";

/** What someone may do with a dashboard. */
export type Level = "view" | "edit";

export interface DashboardEntry {
  readonly id: string;
  readonly title: string;
  readonly personal: boolean;
  readonly level?: Level;
}

export interface DashboardAnswer {
  readonly dashboard: Dashboard;
  readonly shared: Dashboard;
  readonly personal: { readonly revision: number; readonly view: PersonalView } | null;
}

export interface StreamInfo {
  readonly name: string;
  readonly events: number;
  readonly fields: Readonly<Record<string, "number" | "bool" | "string">>;
  readonly tags: readonly string[];
  readonly lastAccepted: number | null;
}

/** What one signs in with: an address that works once, or what only oneself knows. */
export type Credentials =
  | { readonly token: string }
  | { readonly login: string; readonly password: string; readonly code?: string };

export const ROOT = "/api/v1";
export const at = (id: string) => encodeURIComponent(id);

/** The REST interface, call by call, as far as the first page needs it. */
export const api = {
  signIn: async (credentials: Credentials): Promise<Session> =>
    access.hold(await anonymous<SessionBody>("POST", `${ROOT}/session`, { body: credentials })),
  signOut: async () => {
    try {
      await request<undefined>("DELETE", `${ROOT}/session`);
    } finally {
      access.forget();
    }
  },
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
  streams: async () => (await request<{ streams: StreamInfo[] }>("GET", `${ROOT}/streams`)).streams,
} as const;
