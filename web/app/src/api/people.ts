import type { SignedInSession } from "./account.ts";
import { at, type Level, ROOT } from "./endpoints.ts";
import { download, request } from "./http.ts";
import type { Reach, Role } from "./session.ts";

/** Someone who can sign in, as admins see them. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly login: string | null;
  readonly role: Role;
  readonly reach: Reach;
  /** Teams, by id. */
  readonly teams: readonly string[];
  readonly createdAt: number;
  readonly disabledAt: number | null;
  readonly hasPassword: boolean;
  readonly hasTotp: boolean;
  readonly lastSeenAt: number | null;
  /** In how many browsers they are signed in. */
  readonly sessions: number;
}

/** What is to be another about someone. */
export interface PersonChange {
  readonly role?: Role;
  readonly reach?: Reach;
  readonly disabled?: boolean;
}

/** On what ground someone may see a dashboard. */
export interface Ground {
  readonly kind: "role" | "everyone" | "user" | "team" | "none";
  /** Which team, by name. */
  readonly team?: string;
}

/** What someone may do and see, and why. */
export interface PersonAccess {
  readonly role: Role;
  readonly reach: Reach;
  readonly abilities: readonly string[];
  readonly dashboards: readonly {
    readonly id: string;
    readonly title: string;
    readonly level: Level | null;
    readonly because: Ground;
  }[];
  readonly streams: readonly { readonly name: string; readonly allowed: boolean }[];
}

export interface Invite {
  readonly id: string;
  readonly note: string;
  readonly role: Role;
  readonly reach: Reach;
  readonly teams: readonly string[];
  readonly createdAt: number;
  readonly createdBy: string | null;
  readonly expiresAt: number;
}

export interface NewInvite {
  readonly note: string;
  readonly role: Role;
  readonly reach: Reach;
  readonly teams: readonly string[];
  readonly days: number;
}

/** An address to hand over, shown once. */
export interface Offer {
  readonly url: string;
  readonly expiresAt: number;
}

export interface Team {
  readonly id: string;
  readonly name: string;
  readonly members: readonly string[];
  readonly createdAt: number;
}

export interface Grant {
  /** `everyone`, `user:ID` or `team:ID`. */
  readonly to: string;
  readonly level: Level;
}

export interface AuditEntry {
  readonly number: number;
  readonly at: number;
  readonly who: string | null;
  readonly name: string | null;
  readonly address: string | null;
  readonly action: string;
  readonly target: string | null;
  readonly targetName: string | null;
  readonly detail: Readonly<Record<string, unknown>> | null;
}

export interface AuditPage {
  readonly entries: readonly AuditEntry[];
  /** Asks for what came before; `null`: this was the beginning. */
  readonly next: number | null;
}

/** How many audit entries come at once. */
const AUDIT_PAGE = 100;

const user = (id: string) => `${ROOT}/users/${at(id)}`;
const grants = (dashboard: string) => `${ROOT}/dashboards/${at(dashboard)}/grants`;

/** What owners and admins look after. */
export const people = {
  users: async () => (await request<{ users: Person[] }>("GET", `${ROOT}/users`)).users,
  change: (id: string, change: PersonChange) => request<unknown>("PUT", user(id), { body: change }),
  sessions: async (id: string) =>
    (await request<{ sessions: SignedInSession[] }>("GET", `${user(id)}/sessions`)).sessions,
  endSessions: (id: string) => request<undefined>("DELETE", `${user(id)}/sessions`),
  dropTotp: (id: string) => request<undefined>("DELETE", `${user(id)}/totp`),
  resetLink: (id: string) => request<Offer>("POST", `${user(id)}/reset-link`),
  access: (id: string) => request<PersonAccess>("GET", `${user(id)}/access`),

  invites: async () => (await request<{ invites: Invite[] }>("GET", `${ROOT}/invites`)).invites,
  invite: (body: NewInvite) => request<Offer & { id: string }>("POST", `${ROOT}/invites`, { body }),
  revokeInvite: (id: string) => request<undefined>("DELETE", `${ROOT}/invites/${at(id)}`),

  teams: async () => (await request<{ teams: Team[] }>("GET", `${ROOT}/teams`)).teams,
  createTeam: (name: string, members: readonly string[]) =>
    request<Team>("POST", `${ROOT}/teams`, { body: { name, members } }),
  changeTeam: (id: string, name: string, members: readonly string[]) =>
    request<Team>("PUT", `${ROOT}/teams/${at(id)}`, { body: { name, members } }),
  deleteTeam: (id: string) => request<undefined>("DELETE", `${ROOT}/teams/${at(id)}`),

  grants: async (dashboard: string) => (await request<{ grants: Grant[] }>("GET", grants(dashboard))).grants,
  share: async (dashboard: string, all: readonly Grant[]) =>
    (await request<{ grants: Grant[] }>("PUT", grants(dashboard), { body: { grants: all } })).grants,

  audit: (before: number | null) =>
    request<AuditPage>("GET", `${ROOT}/audit?${before === null ? "" : `before=${before}&`}limit=${AUDIT_PAGE}`),
  exportAudit: () => download(`${ROOT}/audit/export`),
} as const;
