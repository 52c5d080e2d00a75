import type uPlot from "uplot";
import type { Palette } from "../../theme/palette.ts";
import type { Threshold } from "../../theme/thresholds.ts";

/** How lines are drawn: bare, over their area, or piled on each other. */
export type ChartStyle = "line" | "area" | "stacked";

/** Thresholds as thin dashed lines, where they are in sight. */
export function drawThresholds(plot: uPlot, thresholds: readonly Threshold[], palette: Palette): void {
  const { ctx, bbox, scales } = plot;
  const { min, max } = scales.y ?? {};
  if (typeof min !== "number" || typeof max !== "number" || thresholds.length === 0) return;
  ctx.save();
  ctx.lineWidth = devicePixelRatio;
  ctx.globalAlpha = 0.7;
  ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
  for (const threshold of thresholds) {
    if (threshold.at <= min || threshold.at >= max) continue;
    const y = Math.round(plot.valToPos(threshold.at, "y", true)) + 0.5;
    ctx.strokeStyle = palette.levels[threshold.color];
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
  }
  ctx.restore();
}

/** Up to now each line holds its newest value, as long as it may still be taken to hold. */
export function drawTails(plot: uPlot, holdMs: (line: number) => number, now: number, style: ChartStyle): void {
  const times = plot.data[0];
  const end = times.length - 1;
  const { ctx, bbox } = plot;
  const right = Math.min(plot.valToPos(now, "x", true), bbox.left + bbox.width);
  let below = bbox.top + bbox.height;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  plot.series.forEach((series, index) => {
    if (index === 0 || !series.show) return;
    const newest = newestPoint(times, plot.data[index], end);
    if (!newest || now - newest.time > holdMs(index - 1)) return;
    const left = Math.max(plot.valToPos(newest.time, "x", true), bbox.left);
    if (right - left < 1) return;
    const y = plot.valToPos(newest.value, "y", true);
    if (style !== "line" && typeof series.fill === "function") {
      ctx.fillStyle = series.fill(plot, index) as string;
      ctx.fillRect(left, y, right - left, below - y);
    }
    if (style === "stacked") below = y;
    ctx.strokeStyle = (typeof series.stroke === "function" ? series.stroke(plot, index) : series.stroke) as string;
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(left, Math.round(y));
    ctx.lineTo(right, Math.round(y));
    ctx.stroke();
  });
  ctx.restore();
}

/** Points from the end that are looked at: a line that says nothing for longer does not hold anyway. */
const LOOK_BACK = 600;

function newestPoint(
  times: ArrayLike<number>,
  values: ArrayLike<number | null | undefined> | undefined,
  end: number,
): { time: number; value: number } | null {
  for (let index = end; values && index >= Math.max(0, end - LOOK_BACK); index -= 1) {
    const [time, value] = [times[index], values[index]];
    if (time !== undefined && typeof value === "number" && !Number.isNaN(value)) return { time, value };
  }
  return null;
}

/** Narrower than this, a bucket that is still filling is not worth showing. */
const LEAST_BUCKET_PX = 5;

/**
 * The bucket that is still filling, apart from the lines: a rising dot for each line, or a faint rising column where
 * lines are piled or filled. Joined to its line it would look like a fall.
 */
export function drawFilling(
  plot: uPlot,
  start: number,
  values: readonly (number | null)[],
  now: number,
  style: ChartStyle,
): void {
  const { ctx, bbox, scales } = plot;
  const left = plot.valToPos(start, "x", true);
  const right = Math.min(plot.valToPos(now, "x", true), bbox.left + bbox.width);
  if (right - left < LEAST_BUCKET_PX * devicePixelRatio || scales.y?.min === undefined) return;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  let base = 0;
  values.forEach((value, index) => {
    const series = plot.series[index + 1];
    if (!series?.show || value === null || Number.isNaN(value)) return;
    const colour = typeof series.stroke === "function" ? series.stroke(plot, index + 1) : series.stroke;
    ctx.fillStyle = colour as string;
    if (style === "line") {
      ctx.globalAlpha = 0.9;
      ctx.beginPath();
      ctx.arc(right - 2 * devicePixelRatio, plot.valToPos(value, "y", true), 2 * devicePixelRatio, 0, 2 * Math.PI);
      ctx.fill();
      return;
    }
    const top = plot.valToPos(base + value, "y", true);
    ctx.globalAlpha = 0.28;
    ctx.fillRect(left + devicePixelRatio, top, right - left - devicePixelRatio, plot.valToPos(base, "y", true) - top);
    if (style === "stacked") base += value;
  });
  ctx.restore();
}
