import type { View } from "@tideboard/client";
import { formatNumber, type NumberStyle } from "../../format/number.ts";
import { append, setAttribute, setText } from "../../paint/dom.ts";
import type { Canvas, Painter } from "../../paint/use-painter.ts";
import { strings } from "../../strings.ts";
import { levelOf, type Threshold } from "../../theme/thresholds.ts";
import { groupLabel, numberOption, numberStyle, thresholds } from "../options.ts";
import { byValueDown, Ranking } from "../ranking.ts";
import { currentValues } from "../values.ts";

const ROW_HEIGHT = 28;
/** Lengths that a bar can have. */
const BAR_STEPS = 400;

interface Row {
  readonly box: HTMLElement;
  readonly bar: HTMLElement;
  readonly label: HTMLElement;
  readonly value: HTMLElement;
  step: number;
}

/** The largest groups as bars; rows glide to their new places. */
export class BarListPainter implements Painter {
  readonly #list: HTMLElement;
  readonly #view: View | null;
  readonly #style: NumberStyle;
  readonly #thresholds: readonly Threshold[];
  readonly #limit: number;
  readonly #max: number | undefined;
  readonly #ranking = new Ranking();
  readonly #rows = new Map<string, Row>();

  constructor(root: HTMLDivElement, view: View | null, options: Readonly<Record<string, unknown>>) {
    this.#view = view;
    this.#style = numberStyle(options);
    this.#thresholds = thresholds(options);
    this.#limit = Math.max(1, numberOption(options, "limit") ?? 10);
    this.#max = numberOption(options, "max");
    root.replaceChildren();
    this.#list = append(root, "div", "tb-bars");
  }

  paint(_canvas: Canvas): number | undefined {
    const all = this.#ranking.rank(
      currentValues(this.#view),
      (a, b) => byValueDown(a.values[0], b.values[0]),
      performance.now(),
    );
    const shown = all.slice(0, this.#limit);
    const largest = this.#max ?? shown.reduce((most, group) => Math.max(most, group.values[0] ?? 0), 0);
    const gone = new Set(this.#rows.keys());
    shown.forEach((group, index) => {
      gone.delete(group.key);
      const row = this.#rows.get(group.key) ?? this.#create(group.key, index);
      const value = group.values[0] ?? null;
      const share = largest > 0 ? Math.min(1, Math.max(0, (value ?? 0) / largest)) : 0;
      const place = `translateY(${index * ROW_HEIGHT}px)`;
      if (row.box.style.transform !== place) row.box.style.transform = place;
      // In steps of about a pixel: smaller ones would keep a transition going that nobody sees.
      const step = Math.round(share * BAR_STEPS);
      if (row.step !== step) row.bar.style.transform = `scaleX(${step / BAR_STEPS})`;
      row.step = step;
      setText(row.label, groupLabel(group.labels) || strings.total);
      setText(row.value, formatNumber(value, this.#style));
      setAttribute(row.box, "data-level", levelOf(value, this.#thresholds));
    });
    for (const key of gone) {
      this.#rows.get(key)?.box.remove();
      this.#rows.delete(key);
    }
    this.#list.style.height = `${shown.length * ROW_HEIGHT}px`;
    // An order that waited for its second comes even if nothing else changes.
    return all.length > 1 ? 1000 : undefined;
  }

  #create(key: string, index: number): Row {
    const box = append(this.#list, "div", "tb-bar-row");
    box.style.transform = `translateY(${index * ROW_HEIGHT}px)`;
    const row: Row = {
      box,
      bar: append(box, "div", "tb-bar"),
      label: append(box, "span", "tb-bar-label"),
      value: append(box, "span", "tb-bar-value tb-num"),
      step: -1,
    };
    this.#rows.set(key, row);
    return row;
  }
}
