import { Asked } from "./asked/asked.ts";
import { FollowedFeed } from "./asked/followed-feed.ts";
import type { WatchedView } from "./asked/watched-view.ts";
import type { Changed, QuerySpec, Rights } from "./generated/wire.ts";
import { type Store, Variable } from "./store.ts";
import { Latency } from "./talk/latency.ts";
import { ServerClock } from "./talk/server-clock.ts";
import type { State } from "./talk/state.ts";
import { Talk } from "./talk/talk.ts";
import { ResumeTally } from "./told/resume-tally.ts";
import { Told } from "./told/told.ts";
import type { Client, ClientOptions, Fault } from "./types/client.ts";
import type { ConnectionState, Rebuild, ResumeSummary } from "./types/connection.ts";
import type { FollowHandler, Following, FollowOptions, FollowState } from "./types/follow.ts";
import type { DataOf, View, ViewData, ViewState } from "./types/view.ts";

const WARM_MS = 30_000;

/** Makes a client; nothing happens before `start()`. */
export function createClient(options: ClientOptions): Client {
  return new LiveClient(options);
}

class LiveClient implements Client {
  readonly connection: Variable<ConnectionState>;
  readonly lastResume: Variable<ResumeSummary | null>;
  readonly lastRebuild: Variable<Rebuild | null>;
  readonly #changed = new Set<(changed: Changed) => void>();
  readonly #rights = new Set<(rights: Rights) => void>();
  readonly #options: ClientOptions;
  readonly #asked: Asked;
  readonly #feeds = new Set<FollowedFeed>();
  readonly #talk: Talk;
  readonly #serverClock = new ServerClock();
  readonly #latency = new Latency();
  #hidden = false;
  #wasLive = false;

  constructor(options: ClientOptions) {
    this.#options = options;
    const { clock } = options;
    const listenerFailed = (error: unknown) => this.#fault({ kind: "listener", error });
    this.connection = new Variable<ConnectionState>({ kind: "idle" }, listenerFailed);
    this.lastResume = new Variable<ResumeSummary | null>(null, listenerFailed);
    this.lastRebuild = new Variable<Rebuild | null>(null, listenerFailed);
    this.#asked = new Asked(clock, options.warmMs ?? WARM_MS, {
      added: (view) => this.#talk.opened(view),
      dropped: (view) => this.#talk.closed(view),
    });
    this.#talk = new Talk({
      clock,
      random: options.random,
      transport: options.transport,
      token: options.token,
      asked: this.#asked,
      told: new Told((id) => this.#asked.byId(id)),
      tally: new ResumeTally(),
      latency: this.#latency,
      serverClock: this.#serverClock,
      feeds: this.#feeds,
      isHidden: () => this.#hidden,
      fault: (fault) => this.#fault(fault),
      resumed: (summary) => this.lastResume.set(summary),
      rebuilt: (rebuild) => this.lastRebuild.set(rebuild),
      changed: () => this.#publish(),
      documents: (changed) => this.#tell(this.#changed, changed),
      rights: (rights) => this.#tell(this.#rights, rights),
    });
  }

  start(): void {
    this.#talk.handle({ kind: "start" });
  }

  stop(): void {
    this.#talk.handle({ kind: "stop" });
  }

  view<const Q extends QuerySpec>(query: Q): View<DataOf<Q>> {
    const view = this.#asked.open(query);
    const handle: View = new Handle(view, this.#asked, this.#talk);
    // The cells were made for the query's shape.
    return handle as View<DataOf<Q>>;
  }

  follow(options: FollowOptions, handler: FollowHandler): Following {
    const feed = new FollowedFeed(options, handler, {
      dealt: (one) => this.#talk.follows?.dealt(one),
      failed: (one, error) => {
        this.#talk.follows?.close(one);
        this.#fault({ kind: "listener", error });
      },
      listenerFailed: (error) => this.#fault({ kind: "listener", error }),
    });
    this.#feeds.add(feed);
    this.#talk.follows?.open(feed);
    return new FollowHandle(feed, this.#talk, () => this.#feeds.delete(feed));
  }

  onChanged(listener: (changed: Changed) => void): () => void {
    return enter(this.#changed, listener);
  }

  onRights(listener: (rights: Rights) => void): () => void {
    return enter(this.#rights, listener);
  }

  setHidden(hidden: boolean): void {
    if (hidden === this.#hidden) return;
    this.#hidden = hidden;
    this.#latency.skip();
    if (hidden) return;
    this.#talk.session?.shown();
    if (this.#talk.state.kind === "waiting") this.wake();
  }

  wake(): void {
    this.#talk.handle({ kind: "wake" });
  }

  serverNow(): number {
    return this.#options.clock.now() + this.#serverClock.offsetMs;
  }

  get awaitsPaint(): boolean {
    return this.#latency.waits;
  }

  painted(at: number = this.#options.clock.now()): void {
    if (this.#latency.painted(at + this.#serverClock.offsetMs, at)) this.#publish();
  }

  #publish(): void {
    const { state } = this.#talk;
    this.#wasLive ||= state.kind === "live";
    const next = outward(state, this.#wasLive, this.#latency.ms, this.#serverClock.rttMs);
    if (!same(next, this.connection.get())) this.connection.set(next);
  }

  #tell<T>(listeners: Iterable<(told: T) => void>, told: T): void {
    for (const listener of [...listeners]) {
      try {
        listener(told);
      } catch (error) {
        this.#fault({ kind: "listener", error });
      }
    }
  }

  #fault(fault: Fault): void {
    try {
      this.#options.onFault?.(fault);
    } catch {
      // Who is told of faults has nobody to tell of its own.
    }
  }
}

/** One user's hold on a view. */
class Handle implements View {
  readonly #view: WatchedView;
  readonly #asked: Asked;
  readonly #talk: Talk;
  readonly #leave = new Set<() => void>();
  #closed = false;

  constructor(view: WatchedView, asked: Asked, talk: Talk) {
    this.#view = view;
    this.#asked = asked;
    this.#talk = talk;
  }

  get id(): string {
    return this.#view.id;
  }

  get query(): QuerySpec {
    return this.#view.query;
  }

  get state(): ViewState {
    return this.#view.state;
  }

  get version(): number {
    return this.#view.version;
  }

  get data(): ViewData {
    return this.#view.cells;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    if (this.#closed) return () => {};
    const unsubscribe = this.#view.subscribe(listener);
    this.#leave.add(unsubscribe);
    return () => {
      this.#leave.delete(unsubscribe);
      unsubscribe();
    };
  };

  retry(): void {
    if (this.state.kind === "failed" && this.#asked.has(this.#view)) this.#talk.opened(this.#view);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const unsubscribe of this.#leave) unsubscribe();
    this.#leave.clear();
    this.#asked.release(this.#view);
  }
}

/** The user's hold on a complete feed. */
class FollowHandle implements Following {
  readonly state: Store<FollowState>;
  readonly #feed: FollowedFeed;
  readonly #talk: Talk;
  readonly #forget: () => void;

  constructor(feed: FollowedFeed, talk: Talk, forget: () => void) {
    this.state = feed.state;
    this.#feed = feed;
    this.#talk = talk;
    this.#forget = forget;
  }

  get position(): string {
    return this.#feed.position;
  }

  resume(after?: string): void {
    const { kind } = this.state.get();
    if (kind !== "refused" && kind !== "failed") return;
    this.#feed.again(after);
    this.#talk.follows?.open(this.#feed);
  }

  close(): void {
    this.#forget();
    this.#talk.follows?.close(this.#feed);
    this.#feed.close();
  }
}

/** Adds a listener, which may be there already on another's behalf. Returns the way out. */
function enter<T>(listeners: Set<(told: T) => void>, listener: (told: T) => void): () => void {
  const entry = (told: T) => listener(told);
  listeners.add(entry);
  return () => listeners.delete(entry);
}

/** The state as the page sees it. */
function outward(state: State, again: boolean, latencyMs: number | null, rttMs: number | null): ConnectionState {
  switch (state.kind) {
    case "fetching":
    case "queued":
    case "opening":
    case "opened":
      return { kind: "connecting", attempt: state.attempt, since: state.since, again };
    case "live":
      return {
        kind: "live",
        since: state.since,
        transport: state.transport,
        staleSince: state.staleSince,
        latencyMs,
        rttMs,
      };
    case "waiting":
    case "idle":
    case "signed_out":
    case "outdated":
    case "stopped":
      return state;
    default:
      return state satisfies never;
  }
}

function same(a: ConnectionState, b: ConnectionState): boolean {
  const before: Readonly<Record<string, unknown>> = { ...b };
  const after = Object.entries(a);
  return after.length === Object.keys(before).length && after.every(([name, value]) => Object.is(before[name], value));
}
