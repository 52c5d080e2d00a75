import { at, ROOT } from "./endpoints.ts";
import { access, anonymous, request } from "./http.ts";
import type { Role, Session, SessionBody, User } from "./session.ts";

export interface Account {
  readonly user: User;
  readonly recoveryCodesLeft: number;
}

/** A browser in which someone is signed in. */
export interface SignedInSession {
  readonly id: string;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  readonly expiresAt: number;
  readonly userAgent: string | null;
  readonly address: string | null;
  readonly current: boolean;
}

/** A second factor that is not active yet. */
export interface PendingTotp {
  readonly secret: string;
  readonly uri: string;
}

export interface InviteInfo {
  readonly role: Role;
  readonly note: string;
  readonly invitedBy: string;
}

export interface NewPassword {
  /** Needed if there is a password. */
  readonly current?: string;
  readonly password: string;
  /** Needed if there is no login. */
  readonly login?: string;
}

const ACCOUNT = `${ROOT}/account`;

/** One's own account, and the ways into it. */
export const account = {
  get: () => request<Account>("GET", ACCOUNT),
  rename: (name: string, login: string | null) =>
    request<{ user: User }>("PUT", ACCOUNT, { body: login === null ? { name } : { name, login } }),
  setPassword: (body: NewPassword) => request<undefined>("PUT", `${ACCOUNT}/password`, { body }),
  beginTotp: () => request<PendingTotp>("POST", `${ACCOUNT}/totp`),
  activateTotp: (secret: string, code: string, password: string) =>
    request<{ recoveryCodes: string[] }>("PUT", `${ACCOUNT}/totp`, { body: { secret, code, password } }),
  dropTotp: (password: string) => request<undefined>("DELETE", `${ACCOUNT}/totp`, { body: { password } }),
  sessions: async () => (await request<{ sessions: SignedInSession[] }>("GET", `${ACCOUNT}/sessions`)).sessions,
  endSession: (id: string) => request<undefined>("DELETE", `${ACCOUNT}/sessions/${at(id)}`),
  endOtherSessions: () => request<{ ended: number }>("DELETE", `${ACCOUNT}/sessions`),

  inviteInfo: (token: string) => anonymous<InviteInfo>("POST", `${ROOT}/invites/info`, { body: { token } }),
  acceptInvite: async (body: {
    readonly token: string;
    readonly name: string;
    readonly login: string;
    readonly password: string;
  }): Promise<Session> => access.hold(await anonymous<SessionBody>("POST", `${ROOT}/invites/accept`, { body })),
  resetInfo: (token: string) =>
    anonymous<{ name: string; login: string | null }>("POST", `${ROOT}/session/reset-info`, { body: { token } }),
  reset: (body: { readonly token: string; readonly password: string; readonly login?: string }) =>
    anonymous<undefined>("POST", `${ROOT}/session/reset`, { body }),
} as const;
