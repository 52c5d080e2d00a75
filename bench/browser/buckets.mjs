import { BUCKET_MS, RANGE_MS } from "./wave.mjs";

/**
 * One point of a rival's chart: the values of a second, whose mean is shown. The newest is still growing.
 *
 * @typedef {{ start: number, sum: number, count: number }} Bucket
 */

/**
 * Adds a value, and drops the buckets that are out of range with it.
 *
 * @param {Bucket[]} buckets ascending; changed in place
 * @param {number} time no earlier than the newest bucket
 * @param {number} value
 */
export function addValue(buckets, time, value) {
  const start = Math.floor(time / BUCKET_MS) * BUCKET_MS;
  const newest = buckets[buckets.length - 1];
  if (newest !== undefined && newest.start >= start) {
    newest.sum += value;
    newest.count += 1;
    return;
  }
  buckets.push({ start, sum: value, count: 1 });
  while (buckets[0].start <= start - RANGE_MS) buckets.shift();
}
