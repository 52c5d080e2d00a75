import type { Have, Part, Problem, QuerySpec } from "../generated/wire.ts";
import { type Cells, cellsFor } from "../told/cells.ts";
import type { ViewState } from "../types/view.ts";

/** What the server acknowledged for a view. */
export interface Acknowledged {
  readonly identity: string;
  readonly stream: string;
  readonly width?: number;
}

/** One query being watched, by however many handles, over however many connections. */
export class WatchedView {
  readonly key: string;
  readonly query: QuerySpec;
  readonly cells: Cells;
  /** Another after each failure, so that nothing meant for the former can arrive. */
  id: string;
  /** Whose position the cells go by. */
  stream: string;
  state: ViewState = { kind: "loading" };
  handles = 0;
  /** Failures since a part last came. */
  failures = 0;
  #extraVersion = 0;
  readonly #listeners = new Set<() => void>();
  /** The identity that the cells were made for; `held` without one: replaced before the acknowledgement came. */
  #identity: string | null = null;
  /** The identity this connection told. */
  #toldIdentity: string | null = null;
  #held = false;

  constructor(key: string, id: string, query: QuerySpec) {
    this.key = key;
    this.id = id;
    this.query = query;
    this.stream = query.stream;
    this.cells = cellsFor(query);
  }

  get version(): number {
    return this.cells.version + this.#extraVersion;
  }

  /** Whether the cells are exactly those at the stream's position. */
  get held(): boolean {
    return this.#held;
  }

  /** What a resume may claim. */
  get have(): Have | undefined {
    if (!this.#held || this.#identity === null) return undefined;
    const window = this.cells.lastWindow;
    return { identity: this.#identity, ...(window === undefined ? {} : { window }) };
  }

  acknowledged({ identity, stream, width }: Acknowledged): void {
    this.stream = stream;
    this.#toldIdentity = identity;
    const replacedBefore = this.#held && this.#identity === null;
    if (replacedBefore) this.#identity = identity;
    if (width === undefined) return;
    if (this.#held && this.#identity !== identity) this.cells.announceWidth(width);
    else this.cells.setWidth(width);
    if (this.#held) this.#becomeLive();
  }

  /** Says how many cells, rows or events the part carried. */
  apply(part: Part): number {
    if (part.replace !== undefined) {
      this.#held = true;
      this.#identity = this.#toldIdentity;
    }
    this.failures = 0;
    const carried = this.cells.apply(part);
    this.#becomeLive();
    return carried;
  }

  failed(problem: Problem, retrying: boolean): void {
    this.disown();
    this.failures += 1;
    if (mustForget(problem)) this.cells.clear();
    this.#become({ kind: "failed", problem, retrying });
  }

  /** The cells stay to be looked at, but no longer go by the stream's position. */
  disown(): void {
    this.#held = false;
    this.#identity = null;
  }

  connectionEnded(): void {
    this.#toldIdentity = null;
    if (this.#identity === null) this.disown();
  }

  subscribe(listener: () => void): () => void {
    // Its own function, so that a listener added twice is called twice and removed once.
    const entry = () => listener();
    this.#listeners.add(entry);
    return () => this.#listeners.delete(entry);
  }

  /** Calls every listener, whatever the others do. */
  notify(failed: (error: unknown) => void): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener();
      } catch (error) {
        failed(error);
      }
    }
  }

  /** Buckets are no times before their width is told: a frame may come before the acknowledgement. */
  #becomeLive(): void {
    if (this.cells.shape === "series" && this.cells.width === null) return;
    if (this.state.kind !== "live") this.#become({ kind: "live" });
  }

  #become(state: ViewState): void {
    this.state = state;
    this.#extraVersion += 1;
  }
}

/** Whether the right to see what is already here is gone. */
function mustForget({ code }: Problem): boolean {
  return code === "forbidden" || code === "unauthorized" || code === "not_found";
}
