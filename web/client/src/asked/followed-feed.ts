import type { Followed, Follow as FollowMessage, Page, Problem, Reason } from "../generated/wire.ts";
import { Variable } from "../store.ts";
import type { FollowHandler, FollowOptions, FollowState } from "../types/follow.ts";

/** Pages that are sent ahead of the handler. */
const AHEAD = 4;

/** Whom a feed tells. */
interface FeedWorld {
  /** A page was dealt with: there is room for another. */
  readonly dealt: (feed: FollowedFeed) => void;
  /** The handler failed: no more pages. */
  readonly failed: (feed: FollowedFeed, error: unknown) => void;
  readonly listenerFailed: (error: unknown) => void;
}

/**
 * A complete feed as asked for: where it stands, and the pages that have come and are not dealt with yet. They outlive the
 * connection: it goes on after the last one that came, so that the handler hears of each event once.
 */
export class FollowedFeed {
  readonly state: Variable<FollowState>;
  readonly #options: FollowOptions;
  readonly #handler: FollowHandler;
  readonly #world: FeedWorld;
  /** Came in order and are not dealt with; the handler has the first. */
  #pages: Page[] = [];
  /** What to present: after the last page that came. */
  #after: string;
  /** After the last page dealt with. */
  #dealtWith: string;
  /** In this connection: `undefined` until acknowledged, `null` before the stream's first event. */
  #at: string | null | undefined;
  #seq = 0;
  /** Another once the handler is not to be called any more for what has come. */
  #run = 0;

  constructor(options: FollowOptions, handler: FollowHandler, world: FeedWorld) {
    this.#options = options;
    this.#handler = handler;
    this.#world = world;
    this.#after = options.after;
    this.#dealtWith = options.after;
    this.state = new Variable<FollowState>({ kind: "waiting" }, world.listenerFailed);
  }

  get stream(): string {
    return this.#options.stream;
  }

  get position(): string {
    return this.#dealtWith;
  }

  /** Whether it is to be followed whenever there is a connection. */
  get wanted(): boolean {
    const { kind } = this.state.get();
    return kind === "waiting" || kind === "following";
  }

  /** Number of the last page that may come in this connection. */
  get until(): number {
    return Math.max(0, this.#seq + AHEAD - this.#pages.length);
  }

  /** Asks to go on under a name, from where it stands. */
  message(id: string): FollowMessage {
    this.connectionEnded();
    const { stream, where } = this.#options;
    const conditions = where === undefined || where.length === 0 ? {} : { where: [...where] };
    return { id, stream, ...conditions, after: this.#after, until: this.until };
  }

  acknowledged(answer: Exclude<Followed, { problem: Problem }>): void {
    this.#at = answer.position;
    // Where there is no event yet, none is missed from here on.
    const after = answer.position ?? "start";
    this.#after = after;
    if (this.#pages.length === 0) this.#dealtWith = after;
    this.#become({ kind: "following" });
  }

  refused(problem: Problem, reason: Reason | null): void {
    this.#become({ kind: "refused", problem, reason });
  }

  /** Takes a page, if it starts where the feed stands. */
  take(page: Page): boolean {
    if (this.#at === undefined || page.from !== this.#at || page.seq !== this.#seq + 1) return false;
    this.#at = page.to;
    this.#after = page.to;
    this.#seq = page.seq;
    this.#pages.push(page);
    if (this.#pages.length === 1) void this.#deal(this.#run);
    return true;
  }

  /** What came goes on being dealt with. */
  connectionEnded(): void {
    this.#at = undefined;
    this.#seq = 0;
    if (this.state.get().kind === "following") this.#become({ kind: "waiting" });
  }

  /** Goes on after it was refused or failed: from where it stands, or from another place. */
  again(after: string | undefined): void {
    if (after !== undefined) {
      this.#after = after;
      if (this.#pages.length === 0) this.#dealtWith = after;
    }
    this.#become({ kind: "waiting" });
  }

  close(): void {
    this.#drop();
    this.#become({ kind: "closed" });
  }

  async #deal(run: number): Promise<void> {
    for (let page = this.#pages[0]; page !== undefined; page = this.#pages[0]) {
      try {
        await this.#handler.onPage({ events: page.events, gone: page.gone ?? null, position: page.to });
      } catch (error) {
        if (run !== this.#run) return;
        this.#drop();
        // The page that it failed at comes again.
        this.#after = this.#dealtWith;
        this.#become({ kind: "failed", error });
        this.#world.failed(this, error);
        return;
      }
      if (run !== this.#run) return;
      this.#pages.shift();
      this.#dealtWith = page.to;
      this.#world.dealt(this);
    }
  }

  #drop(): void {
    this.#run += 1;
    this.#pages = [];
    this.#at = undefined;
  }

  #become(state: FollowState): void {
    this.state.set(state);
  }
}
