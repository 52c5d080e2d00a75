import type { View } from "@tideboard/client";
import { formatNumber, type NumberStyle, writeNumber } from "../../format/number.ts";
import { append, setAttribute, setText } from "../../paint/dom.ts";
import type { Canvas, Painter } from "../../paint/use-painter.ts";
import { strings } from "../../strings.ts";
import { levelOf, type Threshold } from "../../theme/thresholds.ts";
import { numberStyle, thresholds } from "../options.ts";
import { currentValues } from "../values.ts";
import { Spark, type SparkPoints, sparkPoints } from "./spark.ts";

/** One big number, how it changed over its spark line, and the line. */
export class NumberPainter implements Painter {
  readonly #main: View | null;
  readonly #sparkView: View | null;
  readonly #style: NumberStyle;
  readonly #thresholds: readonly Threshold[];
  readonly #value: HTMLElement;
  readonly #text: HTMLElement;
  readonly #suffix: HTMLElement;
  readonly #change: HTMLElement;
  readonly #canvas: HTMLCanvasElement;
  readonly #spark: Spark;

  constructor(root: HTMLDivElement, main: View | null, spark: View | null, options: Readonly<Record<string, unknown>>) {
    this.#main = main;
    this.#sparkView = spark ?? (main?.data.shape === "series" ? main : null);
    this.#style = numberStyle(options);
    this.#thresholds = thresholds(options);
    root.replaceChildren();
    const line = append(root, "div", "tb-number-line");
    this.#value = append(line, "div", "tb-number-value tb-num");
    this.#text = append(this.#value, "span", "tb-number-text");
    this.#suffix = append(this.#value, "span", "tb-number-suffix");
    this.#change = append(line, "div", "tb-number-change tb-num");
    this.#canvas = append(root, "canvas", "tb-number-spark");
    this.#canvas.setAttribute("aria-hidden", "true");
    this.#spark = new Spark(this.#canvas);
  }

  paint({ width, height, palette, now }: Canvas): number | undefined {
    const value = currentValues(this.#main)[0]?.values[0] ?? null;
    const written = writeNumber(value, this.#style);
    setText(this.#text, written.text);
    setText(this.#suffix, written.suffix);
    setAttribute(this.#value, "data-level", levelOf(value, this.#thresholds));
    // Wide and low, a widget sets its number beside the line instead of above it.
    const sparkHeight = Math.max(0, height - 44);
    const points = sparkPoints(this.#sparkView, now);
    setText(this.#change, points ? this.#describeChange(points) : "");
    this.#canvas.hidden = !points || sparkHeight < 14;
    if (!points || sparkHeight < 14) return undefined;
    this.#spark.draw(points, width, sparkHeight, palette.series[0] ?? palette.text);
    return Math.max(100, (points.to - points.from) / Math.max(1, width));
  }

  #describeChange({ values }: SparkPoints): string {
    // One bucket more or less says little: both ends are averaged.
    const reach = Math.max(1, Math.floor(values.length / 8));
    const first = average(values.subarray(0, reach));
    const last = average(values.subarray(-reach));
    if (first === null || last === null) return "";
    const change = last - first;
    const relative = this.#style.unit !== "percent" && Math.abs(first) > 1e-9;
    const size = relative
      ? formatNumber(Math.abs(change / first) * 100, { unit: "percent", decimals: 1 })
      : formatNumber(Math.abs(change), this.#style);
    const still = relative ? Math.abs(change / first) < 0.0005 : Math.abs(change) < 1e-9;
    setAttribute(this.#change, "title", strings.change(`${change < 0 ? "−" : "+"}${size}`));
    return still ? `→ ${size}` : `${change > 0 ? "↑" : "↓"} ${size}`;
  }
}

function average(values: Float64Array): number | null {
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    sum += value;
    count += 1;
  }
  return count === 0 ? null : sum / count;
}
