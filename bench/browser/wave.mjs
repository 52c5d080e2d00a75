/** Charts on the dashboard. */
export const CHARTS = 12;
/** Milliseconds between two values of a chart; all charts get theirs at one moment. */
export const TICK_MS = 100;
/** Milliseconds that a chart shows. */
export const RANGE_MS = 60_000;
/** Milliseconds whose values become one point. */
export const BUCKET_MS = 1_000;
/** What all values lie between, and every value axis shows. */
export const VALUE_AXIS = { min: 0, max: 100 };

/** Between the lines and labels of every value axis. */
export const VALUE_STEP = 25;
/** Between the labels of every time axis. */
export const TIME_STEP_MS = 30_000;

/**
 * The value of a chart at a moment, the same for all contestants: a slow wave with a fast one on it.
 *
 * @param {number} chart from 0
 * @param {number} time milliseconds since 1970
 * @returns {number} with two decimals
 */
export function valueAt(chart, time) {
  const seconds = time / 1_000;
  const value = 50 + 30 * Math.sin(seconds / (7 + chart)) + 12 * Math.sin(seconds * (1.3 + chart / 10));
  return Math.round(value * 100) / 100;
}

/**
 * The moment of the last tick.
 *
 * @param {number} now milliseconds since 1970
 * @returns {number}
 */
export function tickBefore(now) {
  return Math.floor(now / TICK_MS) * TICK_MS;
}
