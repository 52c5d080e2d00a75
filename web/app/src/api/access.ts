import type { Session, SessionBody } from "./session.ts";

/** Who wants to know of the session of this page. */
export interface AccessListener {
  /** There is a new access token; the session that came with it may be another than before. */
  renewed(session: Session): void;
  /** Somebody was signed in, and is no more. */
  ended(): void;
}

/** So long before it expires a token is renewed. */
const AHEAD_MS = 60_000;
/** A short-lived token is renewed no sooner than after this share of its life. */
const LEAST_SHARE = 0.5;
/** When a renewal ahead of time does not succeed, the next one follows after this long. */
const AGAIN_MS = 15_000;

/** What the access token depends on. */
export interface AccessWorld {
  /** Asks the server for a new one. */
  refresh(): Promise<SessionBody>;
  /** Whether a failed renewal says that nobody is signed in. */
  isSignedOut(error: unknown): boolean;
}

/**
 * Holds the access token of this page, in memory only, and renews it: ahead of time, and when it was refused. However
 * many ask, one renewal is under way.
 */
export class Access {
  readonly #world: AccessWorld;
  readonly #listeners = new Set<AccessListener>();
  #token: string | null = null;
  #expiresAt = 0;
  #timer: number | null = null;
  #renewing: Promise<SessionBody> | null = null;

  constructor(world: AccessWorld) {
    this.#world = world;
  }

  /** The token as it is, fresh or not; `null` if there is none. */
  get held(): string | null {
    return this.#token;
  }

  /** Calls the listener until the function that is returned is called. */
  subscribe(listener: AccessListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes over what signing in answered. */
  hold(body: SessionBody): Session {
    const lifeMs = body.expiresInSeconds * 1000;
    this.#token = body.accessToken;
    this.#expiresAt = Date.now() + lifeMs;
    this.#plan(Math.max(lifeMs * LEAST_SHARE, lifeMs - AHEAD_MS));
    return { user: body.user, sessionId: body.sessionId, expiresAt: body.expiresAt };
  }

  /** Drops the token: nobody is signed in here any more. */
  forget(): void {
    this.#token = null;
    this.#renewing = null;
    if (this.#timer !== null) window.clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** A token that is worth sending. */
  async token(): Promise<string | null> {
    if (this.#renewing === null && this.#token !== null && Date.now() < this.#expiresAt) return this.#token;
    await this.renew();
    return this.#token;
  }

  /** A token in place of one that was refused. */
  async instead(refused: string | null): Promise<string | null> {
    if (this.#token !== refused && this.#token !== null) return this.#token;
    await this.renew();
    return this.#token;
  }

  /** Asks for a new token, and with it for the session as it is now. */
  async renew(): Promise<Session> {
    this.#renewing ??= this.#renew();
    const { user, sessionId, expiresAt } = await this.#renewing;
    return { user, sessionId, expiresAt };
  }

  async #renew(): Promise<SessionBody> {
    const asked = this.#world.refresh();
    try {
      const body = await asked;
      const session = this.hold(body);
      for (const listener of [...this.#listeners]) listener.renewed(session);
      return body;
    } catch (error) {
      if (this.#world.isSignedOut(error)) this.#end();
      throw error;
    } finally {
      this.#renewing = null;
    }
  }

  #end(): void {
    const signedIn = this.#token !== null;
    this.forget();
    if (!signedIn) return;
    for (const listener of [...this.#listeners]) listener.ended();
  }

  #plan(ms: number): void {
    if (this.#timer !== null) window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => {
      this.#timer = null;
      this.renew().catch(() => {
        // Whoever needs the token meanwhile is told why there is none.
        if (this.#token !== null) this.#plan(AGAIN_MS);
      });
    }, ms);
  }
}
