import { append, setText } from "../../paint/dom.ts";

/** One value under the cursor. */
export interface Reading {
  readonly colour: string;
  readonly label: string;
  readonly value: string;
}

/** Rows that fit; the rest is counted. */
const MOST_ROWS = 10;

/** The box beside the cursor. Its rows are kept and rewritten, never rebuilt. */
export class Tooltip {
  readonly #box: HTMLDivElement;
  readonly #time: HTMLDivElement;
  readonly #rows: { row: HTMLDivElement; swatch: HTMLElement; label: HTMLElement; value: HTMLElement }[] = [];
  readonly #more: HTMLDivElement;
  #shown = false;

  constructor(root: HTMLElement) {
    this.#box = append(root, "div", "tb-tooltip");
    this.#box.setAttribute("aria-hidden", "true");
    this.#time = append(this.#box, "div", "tb-tooltip-time");
    this.#more = append(this.#box, "div", "tb-tooltip-more");
  }

  show(left: number, top: number, width: number, time: string, readings: readonly Reading[], more: string): void {
    setText(this.#time, time);
    const shown = Math.min(readings.length, MOST_ROWS);
    for (let index = 0; index < Math.max(shown, this.#rows.length); index += 1)
      this.#row(index, readings[index], index < shown);
    setText(this.#more, readings.length > shown ? more : "");
    this.#more.hidden = readings.length <= shown;
    // On whichever side has more room, so that it never covers the cursor.
    const flip = left > width / 2;
    this.#box.style.transform = `translate(${Math.round(left + (flip ? -12 : 12))}px, ${Math.round(top)}px) translate(${flip ? "-100%" : "0"}, 0)`;
    if (!this.#shown) this.#box.dataset.shown = "";
    this.#shown = true;
  }

  hide(): void {
    if (!this.#shown) return;
    delete this.#box.dataset.shown;
    this.#shown = false;
  }

  #row(index: number, reading: Reading | undefined, shown: boolean): void {
    let parts = this.#rows[index];
    if (!parts) {
      const row = document.createElement("div");
      row.className = "tb-tooltip-row";
      this.#more.before(row);
      parts = {
        row,
        swatch: append(row, "i", "tb-swatch"),
        label: append(row, "span", "tb-tooltip-label"),
        value: append(row, "b", "tb-num"),
      };
      this.#rows.push(parts);
    }
    parts.row.hidden = !shown;
    if (!reading) return;
    parts.swatch.style.background = reading.colour;
    setText(parts.label, reading.label);
    setText(parts.value, reading.value);
  }
}
