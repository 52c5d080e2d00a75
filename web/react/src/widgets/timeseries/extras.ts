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

/** From the newest bucket's start to now each line holds its value: the newest bucket is not over yet. */
export function drawTails(plot: uPlot, widthMs: number, now: number, style: ChartStyle): void {
  const times = plot.data[0];
  const end = times.length - 1;
  const start = times[end];
  if (start === undefined || start + widthMs <= now || now <= start) return;
  const { ctx, bbox } = plot;
  const right = Math.min(plot.valToPos(now, "x", true), bbox.left + bbox.width);
  const left = Math.max(plot.valToPos(start, "x", true), bbox.left);
  if (right - left < 1) return;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  let below = bbox.top + bbox.height;
  plot.series.forEach((series, index) => {
    const value = plot.data[index]?.[end];
    if (index === 0 || !series.show || typeof value !== "number" || Number.isNaN(value)) return;
    const y = plot.valToPos(value, "y", true);
    const colour = typeof series.stroke === "function" ? series.stroke(plot, index) : series.stroke;
    if (style !== "line" && typeof series.fill === "function") {
      ctx.fillStyle = series.fill(plot, index) as string;
      ctx.fillRect(left, y, right - left, below - y);
    }
    if (style === "stacked") below = y;
    ctx.strokeStyle = colour as string;
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(left, Math.round(y));
    ctx.lineTo(right, Math.round(y));
    ctx.stroke();
  });
  ctx.restore();
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
