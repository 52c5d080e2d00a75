import type { View } from "@tideboard/client";
import { type NumberStyle, writeNumber } from "../../format/number.ts";
import { append, appendSvg, setAttribute, setText } from "../../paint/dom.ts";
import type { Canvas, Painter } from "../../paint/use-painter.ts";
import { levelOf, type Threshold } from "../../theme/thresholds.ts";
import { groupLabel, numberOption, numberStyle, thresholds } from "../options.ts";
import { currentValues, type GroupValues } from "../values.ts";

/** Most dials in one widget. */
const MOST_DIALS = 12;
/** The arc spans 240 degrees of a circle of this radius, in a box of 100 by 78. */
const RADIUS = 42;
const SWEEP = (240 / 360) * 2 * Math.PI * RADIUS;
const START = 150;

const point = (degrees: number, radius: number) => {
  const angle = (degrees / 180) * Math.PI;
  return `${(50 + radius * Math.cos(angle)).toFixed(2)} ${(50 + radius * Math.sin(angle)).toFixed(2)}`;
};
const ARC = `M ${point(START, RADIUS)} A ${RADIUS} ${RADIUS} 0 1 1 ${point(START + 240, RADIUS)}`;

interface Dial {
  readonly box: HTMLElement;
  readonly arc: SVGPathElement;
  readonly text: HTMLElement;
  readonly suffix: HTMLElement;
  readonly label: HTMLElement;
}

/** A dial for each group. */
export class GaugePainter implements Painter {
  readonly #root: HTMLElement;
  readonly #view: View | null;
  readonly #style: NumberStyle;
  readonly #thresholds: readonly Threshold[];
  readonly #min: number;
  readonly #max: number | undefined;
  readonly #dials: Dial[] = [];
  #seen = Number.NEGATIVE_INFINITY;

  constructor(root: HTMLDivElement, view: View | null, options: Readonly<Record<string, unknown>>) {
    this.#root = root;
    this.#view = view;
    this.#style = numberStyle(options);
    this.#thresholds = thresholds(options);
    this.#min = numberOption(options, "min") ?? 0;
    this.#max = numberOption(options, "max") ?? (this.#style.unit === "percent" ? 100 : undefined);
    root.replaceChildren();
  }

  paint({ width, height }: Canvas): number | undefined {
    const groups = currentValues(this.#view).slice(0, MOST_DIALS);
    this.#fitCount(groups.length);
    const size = dialSize(groups.length, width, height);
    this.#root.style.setProperty("--tb-dial", `${size}px`);
    setAttribute(this.#root, "data-small", size < 96 ? "" : null);
    groups.forEach((group, index) => {
      const dial = this.#dials[index];
      if (dial) this.#set(dial, group);
    });
    return undefined;
  }

  #set(dial: Dial, group: GroupValues): void {
    const value = group.values[0] ?? null;
    const written = writeNumber(value, this.#style);
    setText(dial.text, written.text);
    setText(dial.suffix, written.suffix);
    setText(dial.label, groupLabel(group.labels));
    const max = this.#reach(value ?? 0);
    const share = value === null ? 0 : Math.min(1, Math.max(0, (value - this.#min) / (max - this.#min)));
    const offset = (SWEEP * (1 - share)).toFixed(0);
    if (dial.arc.style.strokeDashoffset !== offset) dial.arc.style.strokeDashoffset = offset;
    setAttribute(dial.box, "data-level", levelOf(value, this.#thresholds));
    setAttribute(dial.box, "data-nothing", share === 0 ? "" : null);
  }

  /** The end of the dial: as asked for, else beyond everything seen so far, and never shrinking. */
  #reach(value: number): number {
    if (this.#max !== undefined) return this.#max;
    const largest = Math.max(value, ...this.#thresholds.map(({ at }) => at * 1.2));
    if (largest > this.#seen) this.#seen = niceCeiling(largest * 1.2 - this.#min) + this.#min;
    return this.#seen;
  }

  #fitCount(count: number): void {
    while (this.#dials.length > count) this.#dials.pop()?.box.remove();
    while (this.#dials.length < count) this.#dials.push(this.#create());
  }

  #create(): Dial {
    const box = append(this.#root, "div", "tb-dial");
    const svg = appendSvg(box, "svg", { viewBox: "0 0 100 78", "aria-hidden": "true" });
    appendSvg(svg, "path", { d: ARC, class: "tb-dial-track" });
    const arc = appendSvg(svg, "path", { d: ARC, class: "tb-dial-arc", "stroke-dasharray": `${SWEEP} ${SWEEP * 2}` });
    const max = this.#reach(0);
    for (const { at, color } of this.#thresholds) {
      const share = (at - this.#min) / (max - this.#min);
      if (share <= 0 || share >= 1) continue;
      const degrees = START + 240 * share;
      const d = `M ${point(degrees, RADIUS + 5)} L ${point(degrees, RADIUS + 8)}`;
      appendSvg(svg, "path", { d, class: "tb-dial-mark", "data-level": color });
    }
    const reading = append(box, "div", "tb-dial-reading tb-num");
    const text = append(reading, "span", "tb-dial-text");
    const suffix = append(reading, "span", "tb-dial-suffix");
    const label = append(box, "div", "tb-dial-label");
    return { box, arc, text, suffix, label };
  }
}

/** The largest dial of which so many fit. */
function dialSize(count: number, width: number, height: number): number {
  let best = 0;
  for (let columns = 1; columns <= Math.max(1, count); columns += 1) {
    const rows = Math.ceil(Math.max(1, count) / columns);
    const gap = 8;
    const byWidth = (width - gap * (columns - 1)) / columns;
    const byHeight = ((height - gap * (rows - 1)) / rows - (count > 1 ? 18 : 0)) / 0.78;
    best = Math.max(best, Math.min(byWidth, byHeight));
  }
  return Math.max(40, Math.min(220, Math.floor(best)));
}

/** The next of 1, 2 or 5 times a power of ten. */
function niceCeiling(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const lead = value / power;
  return (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10) * power;
}
