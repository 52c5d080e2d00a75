import type { View } from "@tideboard/client";
import { isFilling } from "../timeseries/aligned.ts";

/** A small line without axes. */
export class Spark {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D | null;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d");
  }

  draw(points: SparkPoints, width: number, height: number, colour: string): void {
    const context = this.#context;
    if (!context) return;
    const ratio = window.devicePixelRatio || 1;
    const pixelWidth = Math.round(width * ratio);
    const pixelHeight = Math.round(height * ratio);
    if (this.#canvas.width !== pixelWidth) this.#canvas.width = pixelWidth;
    if (this.#canvas.height !== pixelHeight) this.#canvas.height = pixelHeight;
    this.#canvas.style.height = `${height}px`;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const { times, values, from, to } = points;
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (!(high >= low)) return;
    const span = high - low || Math.abs(high) || 1;
    const bottom = high === low ? low - span / 2 : low;
    const x = (time: number) => ((time - from) / Math.max(1, to - from)) * width;
    const y = (value: number) => height - 2 - ((value - bottom) / span) * (height - 4);
    const line = new Path2D();
    let pen = false;
    let firstX = 0;
    let lastX = 0;
    for (let index = 0; index < times.length; index += 1) {
      const value = values[index] ?? Number.NaN;
      if (Number.isNaN(value)) continue;
      lastX = x(times[index] ?? from);
      if (pen) line.lineTo(lastX, y(value));
      else {
        firstX = lastX;
        line.moveTo(lastX, y(value));
      }
      pen = true;
    }
    const area = new Path2D(line);
    area.lineTo(lastX, height);
    area.lineTo(firstX, height);
    area.closePath();
    context.globalAlpha = 0.12;
    context.fillStyle = colour;
    context.fill(area);
    context.globalAlpha = 1;
    context.strokeStyle = colour;
    context.lineWidth = 1.25;
    context.lineJoin = "round";
    context.stroke(line);
  }
}

/** What a spark draws. */
export interface SparkPoints {
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly from: number;
  readonly to: number;
}

/** The first line of a series without a bucket that is still filling; `null` if there is none to draw. */
export function sparkPoints(view: View | null, now: number): SparkPoints | null {
  if (view?.data.shape !== "series") return null;
  const { data, query } = view;
  const group = data.groups[0];
  const values = group?.values[0];
  if (!group || !values || group.length < 2 || data.width === null) return null;
  const newest = group.times[group.length - 1] ?? 0;
  const open = isFilling(query.measures?.[0]?.fn) && newest + data.width > now;
  const length = open ? group.length - 1 : group.length;
  const range = query.range;
  const span = range && "last" in range ? range.last : data.window ? data.window[1] - data.window[0] : 60_000;
  const to = range && "to" in range ? range.to : now;
  return { times: group.times.subarray(0, length), values: values.subarray(0, length), from: to - span, to };
}
