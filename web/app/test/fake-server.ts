import { vi } from "vitest";
import type { Session, SessionBody, User } from "../src/api/session.ts";

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: unknown;
}

type Answer = (call: Call) => Response | Promise<Response>;

export const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });

export const REFUSED = {
  code: "unauthorized",
  title: "Sign in",
  detail: "The address was used before.",
  retry: "after_sign_in",
};

const BUSY = { code: "overloaded", title: "Busy", detail: "Later.", retry: "after_delay" };

export const USER: User = {
  id: "u",
  name: "Olga",
  login: "olga",
  role: "owner",
  reach: { streams: [], tags: {} },
  hasPassword: true,
  hasTotp: false,
};

export const session = (user: Partial<User> = {}): Session => ({
  user: { ...USER, ...user },
  sessionId: "s",
  expiresAt: Date.now() + 86_400_000,
});

/** What signing in, and each renewal, answers. */
export const body = (user: Partial<User> = {}, accessToken = "t1"): SessionBody => ({
  ...session(user),
  accessToken,
  expiresInSeconds: 600,
});

/** A server that answers what the test says, and keeps what it was asked. Whatever it does not know, it refuses. */
export class FakeServer {
  readonly calls: Call[] = [];
  readonly routes: Record<string, Answer> = {
    "GET /api/v1/dashboards": () => json({ dashboards: [] }),
    "POST /api/v1/session/refresh": () => json(REFUSED, 401),
    "POST /api/v1/session/socket-token": () => json(BUSY, 503),
  };

  constructor() {
    vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
      const method = init.method ?? "GET";
      const call: Call = {
        method,
        path,
        headers: init.headers as Record<string, string>,
        body: typeof init.body === "string" ? JSON.parse(init.body) : null,
      };
      this.calls.push(call);
      return (await this.routes[`${method} ${path}`]?.(call)) ?? json(REFUSED, 401);
    });
  }

  /** Somebody is signed in in this browser. */
  signedIn(user: Partial<User> = {}): void {
    this.routes["POST /api/v1/session/refresh"] = () => json(body(user));
  }

  /** What was asked at an address. */
  to(method: string, path: string): Call[] {
    return this.calls.filter((call) => call.method === method && call.path === path);
  }
}
