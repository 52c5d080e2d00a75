/** Each may do what those after it may. */
export const ROLES = ["owner", "admin", "editor", "viewer"] as const;

/** What someone may do at all. */
export type Role = (typeof ROLES)[number];

/** What of the events someone may see or send; what is empty stands for all. */
export interface Reach {
  /** Names of streams; `sensors.*` stands for all that begin so. */
  readonly streams: readonly string[];
  /** Values that an event's tags must have. */
  readonly tags: Readonly<Record<string, readonly string[]>>;
}

/** Everything. */
export const ALL: Reach = { streams: [], tags: {} };

/** Whoever is signed in. */
export interface User {
  readonly id: string;
  readonly name: string;
  readonly login: string | null;
  readonly role: Role;
  readonly reach: Reach;
  readonly hasPassword: boolean;
  readonly hasTotp: boolean;
}

export interface Session {
  readonly user: User;
  readonly sessionId: string;
  /** When it ends, however often it is renewed. */
  readonly expiresAt: number;
}

/** What signing in, and each renewal, answers. */
export interface SessionBody extends Session {
  readonly accessToken: string;
  readonly expiresInSeconds: number;
}

/** Whether someone may look after people, keys and sharing. */
export function isAdmin({ role }: { readonly role: Role }): boolean {
  return role === "owner" || role === "admin";
}

/** The roles that someone may give, and take from others: nobody makes, or changes, someone mightier. */
export function rolesOf({ role }: { readonly role: Role }): readonly Role[] {
  return ROLES.slice(ROLES.indexOf(role));
}
