import type { FollowedFeed } from "../asked/followed-feed.ts";
import { Malformed } from "../decode/check.ts";
import { decodeFollowed } from "../decode/messages.ts";
import { decodePage } from "../decode/page.ts";
import type { Problem } from "../generated/wire.ts";
import type { Fault } from "../types/client.ts";
import type { Clock, TransportConnection } from "../types/ports.ts";
import { retryMs } from "./backoff.ts";
import { Timers } from "./timers.ts";

const ANSWER_TIMEOUT_MS = 10_000;

/** What following works on, and whom it tells. */
interface FollowWorld {
  readonly clock: Clock;
  readonly random: () => number;
  /** All feeds that are not closed. */
  readonly feeds: ReadonlySet<FollowedFeed>;
  readonly fault: (fault: Fault) => void;
  /** This connection cannot be gone on with: come back, with what is held. */
  readonly broken: () => void;
}

/** One connection's complete feeds from the greeting to its end. */
export class FollowSession {
  readonly #world: FollowWorld;
  readonly #connection: TransportConnection;
  /** By a name of their own each time they are asked for: what is late is heard by nobody. */
  readonly #byName = new Map<string, FollowedFeed>();
  readonly #nameOf = new Map<FollowedFeed, string>();
  readonly #failures = new Map<FollowedFeed, number>();
  readonly #timers: Timers;
  #named = 0;
  #ended = false;

  constructor(world: FollowWorld, connection: TransportConnection) {
    this.#world = world;
    this.#timers = new Timers(world.clock);
    this.#connection = connection;
  }

  begin(): void {
    for (const feed of this.#world.feeds) this.open(feed);
  }

  open(feed: FollowedFeed): void {
    if (!feed.wanted || this.#nameOf.has(feed)) return;
    this.#named += 1;
    const name = `f${this.#named}`;
    this.#byName.set(name, feed);
    this.#nameOf.set(feed, name);
    const late = this.#timers.after(ANSWER_TIMEOUT_MS, () => this.#break({ kind: "unanswered", message: "follow" }));
    this.#connection.request("follow", feed.message(name), (payload) => {
      if (this.#ended) return;
      late();
      try {
        this.#followed(name, payload);
      } catch (error) {
        if (!(error instanceof Malformed)) throw error;
        this.#break({ kind: "malformed", message: "followed", detail: error.message });
      }
    });
  }

  close(feed: FollowedFeed): void {
    const name = this.#forget(feed);
    if (name !== undefined) this.#connection.send("unfollow", { feeds: [name] });
  }

  page(payload: unknown): void {
    const page = decodePage(payload, "page");
    const feed = this.#byName.get(page.feed);
    if (feed === undefined) return;
    this.#failures.delete(feed);
    if (!feed.take(page)) this.#break({ kind: "out_of_step", stream: feed.stream });
  }

  /** The server has given up a feed. */
  failed(name: string, problem: Problem): void {
    const feed = this.#byName.get(name);
    if (feed === undefined) return;
    this.#forget(feed);
    feed.connectionEnded();
    // Asked again, the server says by name why its position cannot be honoured.
    if (problem.retry === "resync" || problem.retry === "after_delay") this.#retry(feed);
    else feed.refused(problem, null);
  }

  dealt(feed: FollowedFeed): void {
    const name = this.#nameOf.get(feed);
    if (name !== undefined) this.#connection.send("credit", { feed: name, until: feed.until });
  }

  end(): void {
    this.#ended = true;
    this.#timers.end();
    for (const feed of this.#world.feeds) feed.connectionEnded();
  }

  #followed(name: string, payload: unknown): void {
    const answer = decodeFollowed(payload, "followed");
    const feed = this.#byName.get(name);
    if (feed === undefined) return;
    if (!("problem" in answer)) {
      feed.acknowledged(answer);
      return;
    }
    this.#forget(feed);
    if (answer.problem.retry === "after_delay") this.#retry(feed);
    else feed.refused(answer.problem, answer.reason ?? null);
  }

  #retry(feed: FollowedFeed): void {
    const failures = (this.#failures.get(feed) ?? 0) + 1;
    this.#failures.set(feed, failures);
    this.#timers.after(retryMs(failures, this.#world.random()), () => this.open(feed));
  }

  #forget(feed: FollowedFeed): string | undefined {
    const name = this.#nameOf.get(feed);
    this.#nameOf.delete(feed);
    if (name !== undefined) this.#byName.delete(name);
    return name;
  }

  #break(fault: Fault): void {
    this.#world.fault(fault);
    this.#world.broken();
  }
}
