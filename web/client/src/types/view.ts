import type { FeedEvent, Problem, QuerySpec } from "../generated/wire.ts";

/** Whether a view has something to show. Whether that is current is told by the connection. */
export type ViewState =
  /** Nothing has come yet. */
  | { readonly kind: "loading" }
  /** Its data is exactly the server's, as of the last frame. */
  | { readonly kind: "live" }
  /** Refused or ended by the server. Data, if any, is what was there before. `retrying`: another try is planned. */
  | { readonly kind: "failed"; readonly problem: Problem; readonly retrying: boolean };

/** Values of the group-by tags, in the query's order; `null`: no such tag. */
export type Labels = readonly (string | null)[];

/** `[from, to)` in milliseconds. */
export type Window = readonly [from: number, to: number];

/** One line of a series. */
export interface SeriesGroup {
  /** The labels as one text, unique in the view. */
  readonly key: string;
  readonly labels: Labels;
  /** Rises whenever anything below changes. */
  readonly version: number;
  /** How many buckets are inside the window. */
  readonly length: number;
  /**
   * Start of each bucket in milliseconds, ascending; gaps are possible. The array is a window onto a buffer that is
   * changed in place: read it, don't keep it past the next change.
   */
  readonly times: Float64Array;
  /** One array per measure, as long as `times`; `NaN`: nothing to measure. Kept no longer than `times`. */
  readonly values: readonly Float64Array[];
}

/** Values per group and bucket. */
export interface SeriesData {
  readonly shape: "series";
  /** Rises whenever anything below changes. */
  readonly version: number;
  /** Width of a bucket in milliseconds; `null` before the server has told it. */
  readonly width: number | null;
  readonly window: Window | null;
  /** In the order in which they first came; that order survives a replacement. */
  readonly groups: readonly SeriesGroup[];
  group(key: string): SeriesGroup | undefined;
}

/** One row of a table. Never changed: a changed row is another object. */
export interface TableRow {
  /** The labels as one text, unique in the view. */
  readonly key: string;
  readonly labels: Labels;
  /** One per measure; `null`: nothing to measure. */
  readonly values: readonly (number | null)[];
}

/** Values per group over the whole window. */
export interface TableData {
  readonly shape: "table";
  /** Rises whenever anything below changes. */
  readonly version: number;
  /** Step by which the window moves, in milliseconds; `null` before the server has told it. */
  readonly step: number | null;
  readonly window: Window | null;
  /** By key, in the order in which they first came. */
  readonly rows: ReadonlyMap<string, TableRow>;
}

/** One event of a feed. Never changed. */
export interface FeedItem extends FeedEvent {
  /** Counts up through the life of the view, so it can serve as a key. */
  readonly sequence: number;
  /** Matching events between the one before and this one that are not shown; `null`: not known how many. */
  readonly skipped: number | null;
}

/** The last events. */
export interface FeedData {
  readonly shape: "feed";
  /** Rises whenever anything below changes. */
  readonly version: number;
  /** At most this many are kept. */
  readonly limit: number;
  /** Oldest first. A changed list is another array. */
  readonly items: readonly FeedItem[];
}

export type ViewData = SeriesData | TableData | FeedData;

/** What a query's view shows. */
export type DataOf<Q extends QuerySpec> = Extract<ViewData, { shape: Q["shape"] }>;

/** A query being watched. Views of equal queries share their data and cost the server one. */
export interface View<D extends ViewData = ViewData> {
  /** Its name on the wire, the same for all who watch this query. */
  readonly id: string;
  readonly query: QuerySpec;
  readonly state: ViewState;
  /** Rises with every change of `state` or `data`. */
  readonly version: number;
  /** Changed in place: the same object for the view's life. */
  readonly data: D;
  /** Calls `listener` once after each frame that changed this view, and when `state` changes. Returns the way out. */
  subscribe(listener: () => void): () => void;
  /** Asks again for a view that failed. */
  retry(): void;
  /** Gives this handle up. Data stays warm for a while, so that opening the query again shows it at once. */
  close(): void;
}
