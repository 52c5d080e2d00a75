import type {
  Frame,
  Have,
  Part,
  Problem,
  QuerySpec,
  Reason,
  Subscribe,
  SubscribedView,
  Unsubscribe,
} from "../../src/generated/wire.ts";
import { type Bounds, cells, countMatching, feedEvents, ModelLog, rowsOf, widthOf, windowAt } from "./log.ts";

/** What a session told of a view: the view's whole state is a function of it. */
export interface Standing {
  readonly offset: number;
  readonly window: Bounds | null;
}

interface ModelView {
  readonly id: string;
  readonly query: QuerySpec;
  have: Have | undefined;
  told: Standing | null;
  /** Flushes that pass before it can be shown. */
  hydrating: number;
}

type Place =
  | { readonly kind: "nowhere" }
  | { readonly kind: "claimed"; readonly text: string }
  | { readonly kind: "at"; readonly text: string; readonly offset: number };

/** What the viewer must show once it has applied a frame whole. */
export interface Expectation {
  readonly seq: number;
  readonly standings: ReadonlyMap<string, { readonly query: QuerySpec; readonly standing: Standing }>;
}

/** All that outlives a connection. */
export class ModelServer {
  readonly logs = new Map<string, ModelLog>();
  /** Part of every identity. */
  #rights = 1;
  /** The server's clock runs this far ahead of the viewer's. */
  readonly clockOffsetMs = 37_123;

  log(stream: string): ModelLog {
    const log = this.logs.get(stream) ?? new ModelLog();
    this.logs.set(stream, log);
    log.withheld = this.#rights % 2 === 0 ? "z" : null;
    return log;
  }

  /** The viewer may see other events from now on. */
  changeRights(): void {
    this.#rights += 1;
  }

  identity(query: QuerySpec): string {
    return `${this.#rights}:${JSON.stringify(query)}`;
  }
}

/** One session of the model, written from docs/protocol.md. */
export class ModelSession {
  credit = 8;
  readonly views = new Map<string, ModelView>();
  readonly #server: ModelServer;
  readonly #random: () => number;
  readonly #places = new Map<string, Place>();
  #seq = 0;

  constructor(server: ModelServer, random: () => number) {
    this.#server = server;
    this.#random = random;
  }

  subscribe({ views, position }: Subscribe): { views: SubscribedView[] } {
    return {
      views: views.map(({ id, query, have }): SubscribedView => {
        if (this.views.has(id)) throw new Error(`the viewer used the name ${id} twice`);
        const claimed = position?.[query.stream];
        if (!this.#places.has(query.stream)) {
          this.#places.set(
            query.stream,
            claimed === undefined ? { kind: "nowhere" } : { kind: "claimed", text: claimed },
          );
        }
        const place = this.#places.get(query.stream);
        const counts = place?.kind === "claimed" && place.text === claimed;
        const hydrating = this.#random() < 0.3 ? 2 : 0;
        this.views.set(id, { id, query, have: counts ? have : undefined, told: null, hydrating });
        const width = query.shape === "feed" ? {} : { width: widthOf(query) };
        return { id, identity: this.#server.identity(query), stream: query.stream, ...width };
      }),
    };
  }

  unsubscribe({ views }: Unsubscribe): void {
    for (const id of views) this.views.delete(id);
  }

  fail(id: string): void {
    this.views.delete(id);
  }

  grant(until: number): void {
    this.credit = Math.max(this.credit, until);
  }

  /** The messages of the next frame, or none, and what the viewer must show after it. */
  flush(now: number): { messages: Frame[]; expectation: Expectation } | null {
    if (this.#seq >= this.credit) return null;
    const parts: Part[] = [];
    const from: Record<string, string | null> = {};
    const to: Record<string, string> = {};
    const ends = new Map<string, string>();
    const told = new Map<ModelView, Standing>();
    for (const [stream, place] of this.#places) {
      const views = [...this.views.values()].filter(({ query }) => query.stream === stream);
      for (const view of views) view.hydrating = Math.max(0, view.hydrating - 1);
      if (place.kind === "claimed" && views.some((view) => view.have !== undefined && view.hydrating > 0)) continue;
      const before = parts.length;
      for (const view of views) {
        if (view.hydrating > 0) continue;
        const log = this.#server.log(stream);
        const standing: Standing = { offset: log.offset, window: windowAt(view.query, now) };
        parts.push(...this.#part(view, place, standing));
        told.set(view, standing);
      }
      const log = this.#server.log(stream);
      const moves = place.kind === "claimed" || (place.kind === "at" && place.offset !== log.offset);
      if (parts.length > before || moves) {
        const end = log.position();
        const same = place.kind === "at" && place.text.split(".", 1)[0] === end.split(".", 1)[0];
        if (place.kind !== "at") from[stream] = place.kind === "nowhere" ? null : place.text;
        to[stream] = same ? `~${end.slice(end.indexOf(".") + 1)}` : end;
        ends.set(stream, end);
      }
    }
    if (parts.length === 0 && Object.keys(to).length === 0) return null;
    this.#seq += 1;
    for (const [stream, text] of ends) {
      this.#places.set(stream, { kind: "at", text, offset: this.#server.log(stream).offset });
    }
    const standings = new Map<string, { query: QuerySpec; standing: Standing }>();
    for (const [view, standing] of told) {
      view.told = standing;
      view.have = undefined;
      standings.set(view.id, { query: view.query, standing });
    }
    return { messages: this.#messages(now, parts, { from, to }), expectation: { seq: this.#seq, standings } };
  }

  #part(view: ModelView, place: Place, to: Standing): Part[] {
    const start = this.#start(view, place);
    if (typeof start === "string") return this.#whole(view, to, start);
    if (this.#random() < 0.05) return this.#whole(view, to, "smaller");
    return view.query.shape === "feed" ? this.#feedDiff(view, start, to) : this.#diff(view, start, to);
  }

  #start(view: ModelView, place: Place): Standing | Reason {
    if (view.told !== null) return view.told;
    if (view.have === undefined || place.kind !== "claimed") return "new";
    if (view.have.identity !== this.#server.identity(view.query)) return "query";
    const offset = this.#server.log(view.query.stream).judge(place.text);
    if (typeof offset === "string") return offset;
    if (view.query.shape === "feed") return { offset, window: null };
    return view.have.window === undefined ? "window" : { offset, window: view.have.window };
  }

  #whole({ id, query }: ModelView, to: Standing, reason: Reason): Part[] {
    const log = this.#server.log(query.stream);
    if (query.shape === "feed") return [{ view: id, reason, replace: feedEvents(query, log, to.offset) }];
    const window = to.window as [number, number];
    const all = rowsOf(query, cells(query, log, to.offset, window));
    // A long replacement goes on in further parts.
    const cut = this.#random() < 0.3 ? Math.floor(all.length / 2) : all.length;
    const rest: Part[] = cut < all.length ? [{ view: id, diff: all.slice(cut) }] : [];
    return [{ view: id, reason, window, replace: all.slice(0, cut) }, ...rest];
  }

  #diff({ id, query }: ModelView, from: Standing, to: Standing): Part[] {
    const log = this.#server.log(query.stream);
    const window = to.window as [number, number];
    const before = cells(query, log, from.offset, from.window as Bounds);
    const after = cells(query, log, to.offset, window);
    const changed = new Map([...after].filter(([key, value]) => String(before.get(key)) !== String(value)));
    const gone = query.shape === "table" ? [...before.keys()].filter((key) => !after.has(key)) : [];
    const moved = String(from.window) !== String(window);
    if (changed.size === 0 && gone.length === 0 && !moved) return [];
    return [
      {
        view: id,
        ...(moved ? { window } : {}),
        ...(gone.length > 0 ? { removed: gone.map((key) => JSON.parse(key)[0]) } : {}),
        diff: rowsOf(query, changed),
      },
    ];
  }

  #feedDiff({ id, query }: ModelView, from: Standing, to: Standing): Part[] {
    const log = this.#server.log(query.stream);
    const fresh = countMatching(query, log, to.offset) - countMatching(query, log, from.offset);
    if (fresh === 0) return [];
    const diff = feedEvents(query, log, to.offset).slice(-fresh);
    const skipped = fresh - diff.length;
    return [{ view: id, ...(skipped > 0 ? { skipped } : {}), diff }];
  }

  #messages(now: number, parts: Part[], moves: Pick<Frame, "from" | "to">): Frame[] {
    const seq = this.#seq;
    const messages: Frame[] = [];
    while (parts.length > 1 && this.#random() < 0.3) {
      messages.push({ seq, more: true, now, parts: parts.splice(0, 1) });
    }
    const count = messages.length + 1;
    messages.push({ seq, now, accepted: now - 5, ...moves, ...(count > 1 ? { messages: count } : {}), parts });
    return messages;
  }
}

export function problemOf(code: Problem["code"], retry: Problem["retry"]): Problem {
  return { code, title: "It failed", detail: "as the test wanted", retry };
}
