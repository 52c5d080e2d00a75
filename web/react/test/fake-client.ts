import type {
  Client,
  ConnectionState,
  DataOf,
  FeedData,
  FeedItem,
  QuerySpec,
  Rebuild,
  ResumeSummary,
  SeriesData,
  SeriesGroup,
  TableData,
  View,
  ViewData,
  ViewState,
} from "@tideboard/client";

/** A value that tests set. */
export class Settable<T> {
  readonly #listeners = new Set<() => void>();
  #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  get(): T {
    return this.#value;
  }

  set(value: T): void {
    this.#value = value;
    for (const listener of [...this.#listeners]) listener();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** A view that tests fill. */
export class FakeView<D extends ViewData = ViewData> implements View<D> {
  readonly id: string;
  readonly query: QuerySpec;
  data: D;
  state: ViewState = { kind: "loading" };
  version = 0;
  retries = 0;
  closed = 0;
  readonly #listeners = new Set<() => void>();

  constructor(query: QuerySpec, data: D) {
    this.id = JSON.stringify(query);
    this.query = query;
    this.data = data;
  }

  change(data: D, state: ViewState = { kind: "live" }): void {
    this.data = data;
    this.state = state;
    this.version += 1;
    for (const listener of [...this.#listeners]) listener();
  }

  fail(state: ViewState): void {
    this.change(this.data, state);
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  retry(): void {
    this.retries += 1;
  }

  close(): void {
    this.closed += 1;
  }
}

/** A client without a server. */
export class FakeClient implements Client {
  readonly awaitsPaint = true;
  readonly connection = new Settable<ConnectionState>(LIVE);
  readonly lastResume = new Settable<ResumeSummary | null>(null);
  readonly lastRebuild = new Settable<Rebuild | null>(null);
  readonly views = new Map<string, FakeView>();
  hidden = false;
  paints = 0;

  start(): void {}
  stop(): void {}
  wake(): void {}

  view<const Q extends QuerySpec>(query: Q): View<DataOf<Q>> {
    const key = JSON.stringify(query);
    const known = this.views.get(key) ?? new FakeView(query, emptyData(query));
    this.views.set(key, known);
    return known as unknown as View<DataOf<Q>>;
  }

  onRights(): () => void {
    return () => {};
  }

  onChanged(): () => void {
    return () => {};
  }

  follow(): never {
    throw new Error("widgets follow nothing");
  }

  setHidden(hidden: boolean): void {
    this.hidden = hidden;
  }

  serverNow(): number {
    return Date.now();
  }

  painted(): void {
    this.paints += 1;
  }
}

export const LIVE = {
  kind: "live",
  since: 0,
  transport: "websocket",
  staleSince: null,
  latencyMs: null,
  rttMs: null,
} as const satisfies ConnectionState;

function emptyData(query: QuerySpec): ViewData {
  switch (query.shape) {
    case "series":
      return series([], 1000);
    case "table":
      return table({});
    case "feed":
      return feed([]);
    default:
      return query.shape satisfies never;
  }
}

/** A group from pairs of time and value. */
export function group(label: string | null, points: readonly (readonly [number, number])[]): SeriesGroup {
  return {
    key: label ?? "",
    labels: label === null ? [] : [label],
    version: 1,
    length: points.length,
    times: Float64Array.from(points, ([time]) => time),
    values: [Float64Array.from(points, ([, value]) => value)],
  };
}

export function series(groups: readonly SeriesGroup[], width = 1000): SeriesData {
  return {
    shape: "series",
    version: 1,
    width,
    window: null,
    groups,
    group: (key) => groups.find((candidate) => candidate.key === key),
  };
}

export function table(rows: Readonly<Record<string, number | null>>, version = 1): TableData {
  const entries = Object.entries(rows).map(([key, value]) => [key, { key, labels: [key], values: [value] }] as const);
  return { shape: "table", version, step: 1000, window: null, rows: new Map(entries) };
}

export function feed(items: readonly FeedItem[]): FeedData {
  return { shape: "feed", version: 1, limit: 50, items };
}

export function event(sequence: number, message: string, skipped = 0): FeedItem {
  return { sequence, skipped, time: 1_790_000_000_000 + sequence, tags: { level: "error" }, fields: { message } };
}
