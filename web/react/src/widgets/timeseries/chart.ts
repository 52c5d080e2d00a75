import type { QuerySpec, SeriesData, View } from "@tideboard/client";
import uPlot from "uplot";
import { formatNumber, type NumberStyle } from "../../format/number.ts";
import { formatMoment } from "../../format/time.ts";
import { append } from "../../paint/dom.ts";
import type { Canvas, Painter, PainterTools } from "../../paint/use-painter.ts";
import { strings } from "../../strings.ts";
import { type Palette, readPalette } from "../../theme/palette.ts";
import type { Threshold } from "../../theme/thresholds.ts";
import { numberOption, numberStyle, textOption, thresholds } from "../options.ts";
import { type Aligned, Aligner, isFilling, stack } from "./aligned.ts";
import { axesOf } from "./axes.ts";
import { type ChartStyle, drawFilling, drawTails, drawThresholds } from "./extras.ts";
import { Legend } from "./legend.ts";
import { type Line, linesOf } from "./lines.ts";
import { chooseRange, type ValueRange } from "./range.ts";
import { joinWithin, lonePoints } from "./sparse.ts";
import { Tooltip } from "./tooltip.ts";

/** Charts that share this key share their crosshair. */
const CROSSHAIR = "tideboard";
/** A point further from the cursor is no reading of that place. */
const NEAR_PX = 24;

/** A chart over time, drawn by uPlot. */
export class TimeSeriesChart implements Painter {
  readonly #view: View<SeriesData>;
  readonly #query: QuerySpec;
  readonly #options: Readonly<Record<string, unknown>>;
  readonly #numbers: NumberStyle;
  readonly #style: ChartStyle;
  readonly #thresholds: readonly Threshold[];
  readonly #allFilling: boolean;
  readonly #host: HTMLDivElement;
  readonly #tooltip: Tooltip;
  readonly #legend: Legend | null;
  readonly #aligner = new Aligner();
  readonly #hidden = new Set<string>();
  readonly #tools: PainterTools;
  #palette: Palette;
  #plot: uPlot | null = null;
  #lines: readonly Line[] = [];
  #builtFor = "";
  #aligned: Aligned = { times: [], columns: [] };
  /** The newest bucket, where it is not over yet and its measures are still growing. */
  #filling: { readonly start: number; readonly values: readonly (number | null)[] } | null = null;
  #legendHeight = 0;
  #legendWidth = 0;
  #range: ValueRange | null = null;
  #now = 0;
  #hovered = false;

  constructor(
    root: HTMLDivElement,
    tools: PainterTools,
    view: View<SeriesData>,
    options: Readonly<Record<string, unknown>>,
  ) {
    this.#view = view;
    this.#query = view.query;
    this.#options = options;
    this.#tools = tools;
    this.#numbers = numberStyle(options);
    const style = textOption(options, "style", "line");
    this.#style = style === "area" || style === "stacked" ? style : "line";
    this.#thresholds = thresholds(options);
    this.#allFilling = (view.query.measures ?? []).every((measure) => isFilling(measure.fn));
    this.#palette = readPalette(root);
    root.replaceChildren();
    this.#host = append(root, "div", "tb-chart");
    this.#host.setAttribute("role", "img");
    this.#legend =
      textOption(options, "legend", "bottom") === "none" ? null : new Legend(root, (key) => this.#toggle(key));
    this.#tooltip = new Tooltip(this.#host);
  }

  paint({ width, height, palette, now }: Canvas): number | undefined {
    const data = this.#view.data;
    this.#palette = palette;
    this.#now = now;
    this.#rebuild(data, width, height);
    const plot = this.#plot;
    if (!plot) return undefined;
    this.#resize(plot, width, height);
    this.#aligned = this.#align(data);
    const [from, to, stepMs] = this.#timeRange(data, plot, now);
    plot.batch(() => {
      plot.setData(this.#columns() as uPlot.AlignedData, false);
      plot.setScale("x", { min: from, max: to });
    });
    this.#legend?.write(() => this.#lines.map((line) => this.#newest(data, line)), performance.now());
    if (this.#hovered) this.#point(plot);
    return stepMs;
  }

  destroy(): void {
    this.#plot?.destroy();
  }

  /** What each line stands at now, for the legend. */
  #newest(data: SeriesData, line: Line): string {
    const group = data.groups[line.group];
    const values = group?.values[line.measure];
    if (!group || !values) return "";
    const value = this.#allFilling
      ? this.#aligned.columns[this.#lines.indexOf(line)]?.at(-1)
      : values[group.length - 1];
    return value === undefined || value === null || Number.isNaN(value)
      ? strings.nothing
      : formatNumber(value, this.#numbers);
  }

  /** Whether the bucket that starts then is still going on. */
  #isOpen(data: SeriesData, start: number | undefined): boolean {
    return start !== undefined && data.width !== null && start + data.width > this.#now;
  }

  #align(data: SeriesData): Aligned {
    const aligned = this.#aligner.align(
      data,
      this.#allFilling ? Math.min(this.#now, data.window?.[1] ?? this.#now) : null,
    );
    const end = aligned.times.length - 1;
    this.#filling = null;
    // A bucket that is still filling would let every line fall at its end.
    if (!this.#allFilling || end < 1 || !this.#isOpen(data, aligned.times[end])) return aligned;
    this.#filling = { start: aligned.times[end] ?? 0, values: aligned.columns.map((column) => column[end] ?? null) };
    return {
      times: shorten(aligned.times, end) as Aligned["times"],
      columns: aligned.columns.map((column) => shorten(column, end)),
    };
  }

  #columns(): unknown[] {
    const { times, columns } = this.#aligned;
    if (this.#style !== "stacked") return [times, ...columns];
    const length = times.length;
    const nothing = new Array<null>(length).fill(null);
    const visible = columns.filter((_, index) => !this.#isHidden(index));
    const piled = stack(visible, length);
    let next = 0;
    return [times, ...columns.map((_, index) => (this.#isHidden(index) ? nothing : piled[next++]))];
  }

  #isHidden(index: number): boolean {
    const line = this.#lines[index];
    return line !== undefined && this.#hidden.has(line.key);
  }

  /** The time axis in whole device pixels: the picture moves without its points shimmering. */
  #timeRange(data: SeriesData, plot: uPlot, now: number): [from: number, to: number, stepMs: number | undefined] {
    const range = this.#query.range;
    if (!range || !("last" in range)) {
      const window = range ? [range.from, range.to] : (data.window ?? [now - 60_000, now]);
      return [window[0] ?? 0, window[1] ?? now, undefined];
    }
    const step = range.last / Math.max(100, plot.bbox.width || 100);
    const to = Math.floor(now / step) * step;
    return [to - range.last, to, Math.max(step, 16)];
  }

  #rebuild(data: SeriesData, width: number, height: number): void {
    // Bands join neighbours in the pile, so a hidden line makes others.
    const pile = this.#style === "stacked" ? [...this.#hidden].join("\n") : "";
    const signature = `${data.groups.map((group) => group.key).join("\n")}\n\n${pile}`;
    if (this.#plot && signature === this.#builtFor) return;
    this.#builtFor = signature;
    this.#lines = linesOf(data, this.#query, this.#options);
    this.#plot?.destroy();
    this.#range = null;
    this.#legend?.build(this.#lines, this.#hidden);
    this.#legendHeight = this.#legend?.height ?? 0;
    this.#legendWidth = width;
    this.#plot = new uPlot(this.#plotOptions(width, height - this.#legendHeight), undefined, this.#host);
    this.#plot.over.addEventListener("pointerenter", () => {
      this.#hovered = true;
    });
    this.#plot.over.addEventListener("pointerleave", () => {
      this.#hovered = false;
      this.#tooltip.hide();
    });
  }

  #resize(plot: uPlot, width: number, height: number): void {
    if (this.#legend && this.#legendWidth !== width) {
      this.#legendHeight = this.#legend.height;
      this.#legendWidth = width;
    }
    const plotHeight = Math.max(24, height - this.#legendHeight);
    if (plot.width !== width || plot.height !== plotHeight) plot.setSize({ width, height: plotHeight });
  }

  #plotOptions(width: number, height: number): uPlot.Options {
    const filled = this.#style !== "line";
    const limits = {
      min: numberOption(this.#options, "min"),
      max: numberOption(this.#options, "max"),
      fromZero: filled,
      binary: this.#numbers.unit === "bytes",
    };
    const colour = (index: number) => this.#palette.series[index % this.#palette.series.length] ?? "#888";
    return {
      width,
      height: Math.max(24, height),
      ms: 1,
      legend: { show: false },
      padding: [8, 8, 0, 0],
      scales: {
        x: { time: true, auto: false },
        y: {
          range: (_plot, low, high) => {
            this.#range = chooseRange(low, high, limits, this.#range);
            return [...this.#range];
          },
        },
      },
      axes: axesOf(this.#numbers.unit, () => this.#palette),
      cursor: {
        y: false,
        drag: { x: false, y: false, setScale: false },
        sync: { key: CROSSHAIR, scales: ["x", null] },
        points: { size: 7, width: 1.5, fill: (_plot, index) => colour(index - 1), stroke: () => this.#palette.surface },
      },
      series: [
        {},
        ...this.#lines.map(
          (line, index): uPlot.Series => ({
            label: line.label,
            show: !this.#hidden.has(line.key),
            stroke: () => colour(index),
            width: 1,
            // uPlot hands both in device pixels, as it draws.
            gaps: (plot, _line, _from, _to, gaps) => {
              if (gaps.length === 0) return gaps;
              const limit = this.#joinPx(plot, line);
              return gaps.filter(([start, end]) => end - start > limit);
            },
            points: {
              show: false,
              size: 4,
              fill: () => colour(index),
              filter: (plot, seriesIndex) => {
                const values = plot.data[seriesIndex];
                // Buffers that came uncopied have no gaps.
                if (!values || (values instanceof Float64Array && values.length > 4)) return null;
                const lone = lonePoints(plot.data[0], values, this.#joinMs(line));
                return lone.length > 0 ? lone : null;
              },
            },
            ...(filled ? { fill: () => translucent(colour(index), this.#style === "stacked" ? 0.32 : 0.14) } : {}),
          }),
        ),
      ],
      bands: this.#style === "stacked" ? this.#bands() : [],
      hooks: {
        setCursor: [(plot) => this.#point(plot)],
        draw: [
          (plot) => {
            drawThresholds(plot, this.#thresholds, this.#palette);
            if (this.#filling) drawFilling(plot, this.#filling.start, this.#filling.values, this.#now, this.#style);
            else if (!this.#allFilling) drawTails(plot, (line) => this.#tailMs(line), this.#now, this.#style);
          },
        ],
      },
    };
  }

  /** How far apart points of a line are still joined. */
  #joinMs(line: Line): number {
    const { groups, width } = this.#view.data;
    const group = groups[line.group];
    return group && width !== null ? joinWithin(group, width) : 0;
  }

  /** How long the n-th line holds its newest value. */
  #tailMs(index: number): number {
    const line = this.#lines[index];
    return line ? this.#joinMs(line) : 0;
  }

  #joinPx(plot: uPlot, line: Line): number {
    const { min, max } = plot.scales.x ?? {};
    if (typeof min !== "number" || typeof max !== "number" || max <= min) return 0;
    return (this.#joinMs(line) / (max - min)) * plot.bbox.width;
  }

  /** Each visible line's area reaches down to the visible one before it. */
  #bands(): uPlot.Band[] {
    const visible = this.#lines.flatMap((_, index) => (this.#isHidden(index) ? [] : [index + 1]));
    return visible.slice(1).map((upper, index) => ({ series: [upper, visible[index] ?? upper] }));
  }

  #toggle(key: string): void {
    if (!this.#hidden.delete(key)) this.#hidden.add(key);
    this.#lines.forEach((line, index) => {
      this.#plot?.setSeries(index + 1, { show: !this.#hidden.has(line.key) });
    });
    this.#legend?.mark(this.#lines, this.#hidden);
    this.#range = null;
    this.#tools.invalidate();
  }

  #point(plot: uPlot): void {
    const { idx, left, top } = plot.cursor;
    if (!this.#hovered || idx === null || idx === undefined || left === undefined || left < 0) {
      this.#tooltip.hide();
      return;
    }
    const time = this.#aligned.times[idx];
    if (time === undefined) return;
    // The nearest point may lie far off, beyond a gap or before the first data: that is no reading of this place.
    const x = plot.data[0][idx];
    if (x === undefined || Math.abs(plot.valToPos(x, "x") - left) > NEAR_PX) {
      this.#tooltip.hide();
      return;
    }
    const readings = this.#lines
      .map((line, index) => ({ line, index, value: this.#aligned.columns[index]?.[idx] }))
      .filter(({ line, value }) => typeof value === "number" && !Number.isNaN(value) && !this.#hidden.has(line.key))
      .sort((a, b) => (this.#style === "stacked" ? b.index - a.index : (b.value ?? 0) - (a.value ?? 0)));
    this.#tooltip.show(
      left + plot.bbox.left / devicePixelRatio,
      Math.max(0, Math.min(top ?? 0, plot.height - 48) - 12),
      plot.width,
      formatMoment(time, this.#now),
      readings.map(({ line, index, value }) => ({
        colour: this.#palette.series[index % this.#palette.series.length] ?? "",
        label: line.label,
        value: formatNumber(value, this.#numbers),
      })),
      strings.others(readings.length - 10),
    );
  }
}

function shorten(column: Aligned["columns"][number] | Aligned["times"], length: number): Aligned["columns"][number] {
  return column instanceof Float64Array ? column.subarray(0, length) : column.slice(0, length);
}

/** A colour with less of it; palettes are written in hexadecimal or as any CSS colour. */
function translucent(colour: string, alpha: number): string {
  if (/^#[0-9a-f]{6}$/i.test(colour))
    return `${colour}${Math.round(alpha * 255)
      .toString(16)
      .padStart(2, "0")}`;
  return `color-mix(in srgb, ${colour} ${alpha * 100}%, transparent)`;
}
