import type { Part, Row } from "../generated/wire.ts";
import type { Labels, SeriesData, SeriesGroup, Window } from "../types/view.ts";
import { Columns } from "./columns.ts";
import { keyOf } from "./labels.ts";

type SeriesRow = Extract<Row, [Labels, number[], unknown]>;

/** One group's columns, clipped to the window. */
class Line implements SeriesGroup {
  readonly key: string;
  readonly labels: Labels;
  readonly columns: Columns;
  version = 0;
  length = 0;
  #times: Float64Array | null = null;
  #values: readonly Float64Array[] | null = null;

  constructor(key: string, labels: Labels, measures: number) {
    this.key = key;
    this.labels = labels;
    this.columns = new Columns(measures);
  }

  get times(): Float64Array {
    this.#times ??= this.columns.times(this.length);
    return this.#times;
  }

  get values(): readonly Float64Array[] {
    this.#values ??= this.columns.values(this.length);
    return this.#values;
  }

  /** Call after anything changed in the columns. */
  changed(end: number, version: number): void {
    this.version = version;
    this.length = this.columns.countBefore(end);
    this.#times = null;
    this.#values = null;
  }
}

/** The cells of a series: `(group, bucket) → values`. */
export class SeriesCells implements SeriesData {
  readonly shape = "series";
  version = 0;
  width: number | null = null;
  window: Window | null = null;
  groups: readonly SeriesGroup[] = [];
  readonly #lines = new Map<string, Line>();
  readonly #measures: number;
  /** The width that times in the columns were made with: 1 while none is known. */
  #scale = 1;
  #announced: number | null = null;
  #membershipChanged = false;

  constructor(measures: number) {
    this.#measures = measures;
  }

  get lastWindow(): [number, number] | undefined {
    return this.window === null ? undefined : [this.window[0], this.window[1]];
  }

  group(key: string): SeriesGroup | undefined {
    return this.#lines.get(key);
  }

  setWidth(width: number): void {
    this.#announced = null;
    if (this.width === width) return;
    for (const line of this.#lines.values()) line.columns.scale(width / this.#scale);
    this.width = width;
    this.#scale = width;
    this.#settle(new Set(this.#lines.values()), true);
  }

  announceWidth(width: number): void {
    this.#announced = width;
  }

  misfit(part: Part): string | null {
    if (part.skipped !== undefined) return "skipped in a part of a series";
    if (part.removed !== undefined) return "removed in a part of a series";
    for (const row of part.replace ?? part.diff ?? []) {
      if (!isSeriesRow(row)) return "a row that is none of a series";
      if (row[2].length !== this.#measures) return `${row[2].length} columns for ${this.#measures} measures`;
    }
    return null;
  }

  apply(part: Part): number {
    const touched = new Set<Line>();
    if (part.replace !== undefined) this.#empty(touched);
    let cells = 0;
    for (const row of part.replace ?? part.diff ?? []) {
      if (isSeriesRow(row)) cells += this.#setRow(row, touched);
    }
    if (part.window !== undefined) this.window = part.window;
    this.#settle(touched, part.window !== undefined);
    return cells;
  }

  clear(): void {
    this.#lines.clear();
    this.groups = [];
    this.window = null;
    this.#announced = null;
    this.version += 1;
  }

  #empty(touched: Set<Line>): void {
    for (const line of this.#lines.values()) {
      line.columns.clear();
      touched.add(line);
    }
    if (this.#announced === null) return;
    this.#scale = this.#announced;
    this.width = this.#announced;
    this.#announced = null;
  }

  #setRow([labels, buckets, columns]: SeriesRow, touched: Set<Line>): number {
    const key = keyOf(labels);
    let line = this.#lines.get(key);
    if (line === undefined) {
      line = new Line(key, labels, this.#measures);
      this.#lines.set(key, line);
      this.#membershipChanged = true;
    }
    touched.add(line);
    for (let row = 0; row < buckets.length; row += 1) line.columns.set((buckets[row] ?? 0) * this.#scale, columns, row);
    return buckets.length;
  }

  /** Clips to the window, drops groups without a bucket, and tells what changed. */
  #settle(touched: ReadonlySet<Line>, windowMoved: boolean): void {
    this.version += 1;
    const [start, end] = this.#bounds();
    for (const line of windowMoved ? this.#lines.values() : touched) {
      const dropped = line.columns.dropBefore(start);
      if (line.columns.size === 0) {
        this.#lines.delete(line.key);
        this.#membershipChanged = true;
      }
      if (dropped > 0 || touched.has(line) || line.columns.countBefore(end) !== line.length) {
        line.changed(end, this.version);
      }
    }
    if (!this.#membershipChanged) return;
    this.#membershipChanged = false;
    this.groups = [...this.#lines.values()];
  }

  /** Without a width, times are no times yet and the window cannot clip. */
  #bounds(): Window {
    return this.window === null || this.width === null ? [-Infinity, Infinity] : this.window;
  }
}

function isSeriesRow(row: Row): row is SeriesRow {
  return Array.isArray(row) && row.length === 3;
}
