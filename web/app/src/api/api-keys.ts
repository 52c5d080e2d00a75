import { at, ROOT } from "./endpoints.ts";
import { request } from "./http.ts";
import type { Reach } from "./session.ts";

/** What a key is for: one thing. */
export type Purpose = "write" | "read";

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly purpose: Purpose;
  readonly reach: Reach;
  readonly createdAt: number;
  readonly createdBy: string | null;
  readonly expiresAt: number | null;
  readonly lastUsedAt: number | null;
}

export interface NewApiKey {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly key: string;
}

export interface KeyWish {
  readonly name: string;
  readonly purpose?: Purpose;
  readonly streams?: readonly string[];
  readonly tags?: Reach["tags"];
  /** For good if absent. */
  readonly expiresInDays?: number;
}

export const apiKeys = {
  list: async () => (await request<{ keys: ApiKey[] }>("GET", `${ROOT}/keys`)).keys,
  create: (wish: KeyWish) => request<NewApiKey>("POST", `${ROOT}/keys`, { body: wish }),
  revoke: (id: string) => request<undefined>("DELETE", `${ROOT}/keys/${at(id)}`),
} as const;
