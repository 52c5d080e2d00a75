import type { QuerySpec } from "../generated/wire.ts";
import type { Clock } from "../types/ports.ts";
import { canonicalQuery, queryKey } from "./query.ts";
import { WatchedView } from "./watched-view.ts";

/** As many as the server allows a session. */
const MAX_VIEWS = 100;

/** Who wants to know when the set of views changes. */
export interface AskedListener {
  added(view: WatchedView): void;
  dropped(view: WatchedView): void;
}

/** What I asked: the views being watched, each query once, and those kept warm after their last handle closed. */
export class Asked {
  readonly #clock: Clock;
  readonly #warmMs: number;
  readonly #listener: AskedListener;
  readonly #byKey = new Map<string, WatchedView>();
  readonly #byId = new Map<string, WatchedView>();
  /** In the order in which they were released, with what stops their time. */
  readonly #warm = new Map<WatchedView, () => void>();
  #nextId = 0;

  constructor(clock: Clock, warmMs: number, listener: AskedListener) {
    this.#clock = clock;
    this.#warmMs = warmMs;
    this.#listener = listener;
  }

  get views(): IterableIterator<WatchedView> {
    return this.#byKey.values();
  }

  byId(id: string): WatchedView | undefined {
    return this.#byId.get(id);
  }

  has(view: WatchedView): boolean {
    return this.#byKey.get(view.key) === view;
  }

  /** The view of this query, with one more handle. */
  open(query: QuerySpec): WatchedView {
    const canonical = canonicalQuery(query);
    const key = queryKey(canonical);
    const known = this.#byKey.get(key);
    const view = known ?? this.#add(key, canonical);
    view.handles += 1;
    this.#warm.get(view)?.();
    this.#warm.delete(view);
    return view;
  }

  /** Gives one handle back. */
  release(view: WatchedView): void {
    view.handles -= 1;
    if (view.handles > 0 || !this.has(view)) return;
    this.#warm.set(
      view,
      this.#clock.setTimer(this.#warmMs, () => this.#drop(view)),
    );
  }

  /** Gives the view a name that was never used. */
  rename(view: WatchedView): void {
    this.#byId.delete(view.id);
    view.id = this.#freshId();
    this.#byId.set(view.id, view);
  }

  #add(key: string, query: QuerySpec): WatchedView {
    const [oldestWarm] = this.#warm.keys();
    if (this.#byKey.size >= MAX_VIEWS && oldestWarm !== undefined) this.#drop(oldestWarm);
    const view = new WatchedView(key, this.#freshId(), query);
    this.#byKey.set(key, view);
    this.#byId.set(view.id, view);
    this.#listener.added(view);
    return view;
  }

  #drop(view: WatchedView): void {
    this.#warm.get(view)?.();
    this.#warm.delete(view);
    this.#byKey.delete(view.key);
    this.#byId.delete(view.id);
    this.#listener.dropped(view);
  }

  #freshId(): string {
    this.#nextId += 1;
    return `v${this.#nextId}`;
  }
}
