import { expect, test } from "vitest";
import { addValue } from "./buckets.mjs";

test("values of one second share a bucket", () => {
  /** @type {import("./buckets.mjs").Bucket[]} */
  const buckets = [];
  for (const [time, value] of [
    [60_000, 1],
    [60_999, 3],
    [61_000, 5],
  ])
    addValue(buckets, time, value);
  expect(buckets).toEqual([
    { start: 60_000, sum: 4, count: 2 },
    { start: 61_000, sum: 5, count: 1 },
  ]);
});

test("a minute is kept, which is sixty buckets", () => {
  /** @type {import("./buckets.mjs").Bucket[]} */
  const buckets = [];
  for (let time = 0; time < 200_000; time += 100) addValue(buckets, time, 1);
  expect(buckets).toHaveLength(60);
  expect(buckets[0]).toEqual({ start: 140_000, sum: 10, count: 10 });
});
