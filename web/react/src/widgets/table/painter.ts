import type { View } from "@tideboard/client";
import { formatNumber, type NumberStyle } from "../../format/number.ts";
import { append, setAttribute, setText } from "../../paint/dom.ts";
import type { Canvas, Painter, PainterTools } from "../../paint/use-painter.ts";
import { strings } from "../../strings.ts";
import { levelOf, type Threshold } from "../../theme/thresholds.ts";
import { measureLabel, numberOption, numberStyle, thresholds } from "../options.ts";
import { byValueDown, Ranking } from "../ranking.ts";
import { currentValues, type GroupValues } from "../values.ts";

/** Rows in the document; with more, nobody reads on. */
const MOST_ROWS = 200;

interface Column {
  readonly title: string;
  /** Place among the labels, or among the values. */
  readonly label: number | null;
  readonly value: number | null;
}

interface Sorting {
  readonly column: number;
  readonly down: boolean;
}

/** A table whose cells are rewritten in place and whose columns sort it. */
export class TablePainter implements Painter {
  readonly #view: View | null;
  readonly #styles: readonly NumberStyle[];
  readonly #limit: number;
  readonly #thresholds: readonly Threshold[];
  readonly #columns: readonly Column[];
  readonly #heads: HTMLTableCellElement[] = [];
  readonly #body: HTMLTableSectionElement;
  readonly #more: HTMLElement;
  readonly #ranking = new Ranking();
  readonly #rows: HTMLTableRowElement[] = [];
  #sorting: Sorting;

  constructor(
    root: HTMLDivElement,
    tools: PainterTools,
    view: View | null,
    options: Readonly<Record<string, unknown>>,
  ) {
    this.#view = view;
    this.#styles = (view?.query.measures ?? []).map((_, index) => numberStyle(options, index));
    this.#limit = Math.min(MOST_ROWS, Math.max(1, numberOption(options, "limit") ?? MOST_ROWS));
    this.#thresholds = thresholds(options);
    this.#columns = columnsOf(view, options);
    const firstValue = this.#columns.findIndex((column) => column.value !== null);
    this.#sorting = { column: Math.max(0, firstValue), down: true };
    root.replaceChildren();
    const table = append(root, "table", "tb-table");
    const head = append(append(table, "thead", ""), "tr", "");
    this.#columns.forEach((column, index) => {
      const cell = append(head, "th", column.value === null ? "" : "tb-table-number");
      cell.scope = "col";
      const button = append(cell, "button", "tb-table-sort");
      button.type = "button";
      button.textContent = column.title;
      button.title = strings.sortBy(column.title);
      button.addEventListener("click", () => {
        this.#sort(index);
        tools.invalidate();
      });
      this.#heads.push(cell);
    });
    this.#body = append(table, "tbody", "");
    this.#more = append(root, "div", "tb-table-more");
    this.#markSorting();
  }

  paint(_canvas: Canvas): number | undefined {
    const ranked = this.#ranking.rank(currentValues(this.#view), (a, b) => this.#compare(a, b), performance.now());
    const shown = ranked.slice(0, this.#limit);
    while (this.#rows.length > shown.length) this.#rows.pop()?.remove();
    shown.forEach((group, index) => {
      this.#write(this.#rows[index] ?? this.#create(), group);
    });
    setText(this.#more, ranked.length > shown.length ? strings.others(ranked.length - shown.length) : "");
    return ranked.length > 1 ? 1000 : undefined;
  }

  #write(row: HTMLTableRowElement, group: GroupValues): void {
    this.#columns.forEach((column, index) => {
      const cell = row.cells[index];
      if (!cell) return;
      if (column.label !== null) {
        setText(cell, group.labels[column.label] ?? strings.nothing);
        return;
      }
      const value = group.values[column.value ?? 0] ?? null;
      setText(cell, formatNumber(value, this.#styles[column.value ?? 0] ?? { unit: "none" }));
      if (column.value === 0) setAttribute(cell, "data-level", levelOf(value, this.#thresholds));
    });
  }

  #create(): HTMLTableRowElement {
    const row = append(this.#body, "tr", "");
    for (const column of this.#columns) append(row, "td", column.value === null ? "" : "tb-table-number tb-num");
    this.#rows.push(row);
    return row;
  }

  #compare(a: GroupValues, b: GroupValues): number {
    const column = this.#columns[this.#sorting.column];
    if (!column) return 0;
    const order =
      column.label === null
        ? byValueDown(a.values[column.value ?? 0], b.values[column.value ?? 0])
        : (b.labels[column.label] ?? "").localeCompare(a.labels[column.label] ?? "", undefined, { numeric: true });
    return this.#sorting.down ? order : -order;
  }

  #sort(column: number): void {
    const isLabel = this.#columns[column]?.label !== null;
    this.#sorting =
      this.#sorting.column === column ? { column, down: !this.#sorting.down } : { column, down: !isLabel };
    this.#ranking.reset();
    this.#markSorting();
  }

  #markSorting(): void {
    this.#heads.forEach((head, index) => {
      const order = this.#sorting.down ? "descending" : "ascending";
      setAttribute(head, "aria-sort", index === this.#sorting.column ? order : null);
    });
  }
}

function columnsOf(view: View | null, options: Readonly<Record<string, unknown>>): Column[] {
  const labels = view?.query.groupBy ?? [];
  const measures = view?.query.measures ?? [];
  return [
    ...labels.map((title, label): Column => ({ title, label, value: null })),
    ...measures.map((_, value): Column => ({ title: measureLabel(options, view?.query, value), label: null, value })),
  ];
}
