import type { Level } from "./palette.ts";

/** From this value on, this level holds. */
export interface Threshold {
  readonly at: number;
  readonly color: Level;
}

/** The level of a value: that of the highest threshold it has reached. */
export function levelOf(value: number | null | undefined, thresholds: readonly Threshold[]): Level | null {
  if (value === null || value === undefined || Number.isNaN(value)) return null;
  let level: Level | null = null;
  let reached = Number.NEGATIVE_INFINITY;
  for (const threshold of thresholds) {
    if (value >= threshold.at && threshold.at >= reached) {
      level = threshold.color;
      reached = threshold.at;
    }
  }
  return level;
}
