import type { Part, Row } from "../generated/wire.ts";
import type { Labels, TableData, TableRow, Window } from "../types/view.ts";
import { keyOf } from "./labels.ts";

type WireRow = Extract<Row, [Labels, (number | null)[]]>;

/** The cells of a table: `group → values`. */
export class TableCells implements TableData {
  readonly shape = "table";
  version = 0;
  step: number | null = null;
  window: Window | null = null;
  rows = new Map<string, TableRow>();
  readonly #measures: number;
  #announced: number | null = null;

  constructor(measures: number) {
    this.#measures = measures;
  }

  get lastWindow(): [number, number] | undefined {
    return this.window === null ? undefined : [this.window[0], this.window[1]];
  }

  setWidth(width: number): void {
    this.#announced = null;
    if (this.step === width) return;
    this.step = width;
    this.version += 1;
  }

  announceWidth(width: number): void {
    this.#announced = width;
  }

  misfit(part: Part): string | null {
    if (part.skipped !== undefined) return "skipped in a part of a table";
    for (const row of part.replace ?? part.diff ?? []) {
      if (!isTableRow(row)) return "a row that is none of a table";
      if (row[1].length !== this.#measures) return `${row[1].length} values for ${this.#measures} measures`;
    }
    return null;
  }

  apply(part: Part): number {
    if (part.replace !== undefined) this.#keepOnly(part.replace);
    for (const labels of part.removed ?? []) this.rows.delete(keyOf(labels));
    const rows = part.replace ?? part.diff ?? [];
    for (const row of rows) {
      if (isTableRow(row)) this.#set(row);
    }
    if (part.window !== undefined) this.window = part.window;
    this.version += 1;
    return rows.length + (part.removed?.length ?? 0);
  }

  clear(): void {
    this.rows.clear();
    this.window = null;
    this.#announced = null;
    this.version += 1;
  }

  /** Rows that stay keep their place, so that a replacement does not shuffle what is on the screen. */
  #keepOnly(rows: readonly Row[]): void {
    this.step = this.#announced ?? this.step;
    this.#announced = null;
    const wanted = new Set(rows.filter(isTableRow).map(([labels]) => keyOf(labels)));
    for (const key of this.rows.keys()) {
      if (!wanted.has(key)) this.rows.delete(key);
    }
  }

  #set([labels, values]: WireRow): void {
    const key = keyOf(labels);
    this.rows.set(key, { key, labels: this.rows.get(key)?.labels ?? labels, values });
  }
}

function isTableRow(row: Row): row is WireRow {
  return Array.isArray(row) && row.length === 2;
}
