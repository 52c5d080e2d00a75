import { expect, test } from "vitest";
import { Aligner, isFilling, stack } from "../src/widgets/timeseries/aligned.ts";
import { linesOf } from "../src/widgets/timeseries/lines.ts";
import { chooseRange } from "../src/widgets/timeseries/range.ts";
import { joinWithin, lonePoints } from "../src/widgets/timeseries/sparse.ts";
import { group, series } from "./fake-client.ts";

test("gapless lines of one length are handed on without a copy", () => {
  const a = group("a", [
    [1000, 1],
    [2000, 2],
    [3000, 3],
  ]);
  const b = group("b", [
    [1000, 4],
    [2000, 5],
    [3000, 6],
  ]);
  const aligned = new Aligner().align(series([a, b]));
  expect(aligned.times).toBe(a.times);
  expect(aligned.columns[1]).toBe(b.values[0]);
});

test("missing buckets become gaps on a shared axis", () => {
  const a = group("a", [
    [1000, 1],
    [4000, 4],
  ]);
  const b = group("b", [[2000, 5]]);
  const aligned = new Aligner().align(series([a, b]));
  expect(aligned.times).toEqual([1000, 2000, 3000, 4000]);
  expect(aligned.columns).toEqual([
    [1, null, null, 4],
    [null, 5, null, null],
  ]);
});

test("nothing to measure is a gap even where no bucket is missing", () => {
  const aligned = new Aligner().align(
    series([
      group("a", [
        [1000, 1],
        [2000, Number.NaN],
        [3000, 3],
      ]),
    ]),
  );
  expect(aligned.columns).toEqual([[1, null, 3]]);
});

test("a group without buckets keeps its column, so that colours stay", () => {
  const aligned = new Aligner().align(
    series([
      group("a", []),
      group("b", [
        [1000, 1],
        [2000, 2],
      ]),
    ]),
  );
  expect(aligned.columns).toHaveLength(2);
  expect(aligned.columns[0]).toEqual([null, null]);
});

test("where events are counted, a bucket without any is zero, up to the last one that is over", () => {
  const data = series([
    group("a", [
      [1000, 1],
      [3000, 3],
    ]),
    group("b", [[2000, 5]]),
  ]);
  const aligned = new Aligner().align(data, 6500);
  expect(aligned.times).toEqual([1000, 2000, 3000, 4000, 5000]);
  expect(aligned.columns).toEqual([
    [1, 0, 3, 0, 0],
    [0, 5, 0, 0, 0],
  ]);
});

test("a sensor that speaks every ten seconds has no gap in each second in between", () => {
  const slow = group("a", [
    [0, 1],
    [10_000, 2],
    [20_000, 3],
    [30_000, 4],
  ]);
  expect(joinWithin(slow, 1000)).toBe(35_000);
  expect(
    joinWithin(
      group("b", [
        [0, 1],
        [1000, 2],
        [2000, 3],
      ]),
      1000,
    ),
  ).toBe(3500);
  expect(joinWithin(group("c", [[0, 1]]), 1000)).toBe(3500);
});

test("only points that no line touches are marked, and all of a line that has but a few", () => {
  const times = Array.from({ length: 12 }, (_, index) => index);
  const values = [1, null, null, null, 5, 6, 7, 8, null, null, null, 9];
  expect(lonePoints(times, values, 2)).toEqual([0, 11]);
  expect(lonePoints(times, values, 4)).toEqual([]);
  expect(lonePoints([0, 1], [1, 2], 2)).toEqual([0, 1]);
});

test("piles add up, and a gap adds nothing", () => {
  expect(
    stack(
      [
        [1, 2, 3],
        [10, null, 30],
      ],
      3,
    ),
  ).toEqual([
    [1, 2, 3],
    [11, null, 33],
  ]);
});

test("only measures that grow while their bucket fills read too low in between", () => {
  expect(isFilling("count")).toBe(true);
  expect(isFilling("avg")).toBe(false);
});

test("lines are named by group, by measure, or by both", () => {
  const one = { stream: "s", shape: "series", measures: [{ fn: "avg", field: "v" }] } as const;
  const two = { ...one, measures: [...one.measures, { fn: "max", field: "v" }] } as const;
  const grouped = series([group("eu", [])]);
  const single = series([group(null, [])]);
  expect(linesOf(grouped, { ...one, measures: [...one.measures] }, {}).map(({ label }) => label)).toEqual(["eu"]);
  expect(linesOf(single, { ...one, measures: [...one.measures] }, {}).map(({ label }) => label)).toEqual(["average v"]);
  expect(
    linesOf(grouped, { ...two, measures: [...two.measures] }, { measureLabels: ["mean"] }).map(({ label }) => label),
  ).toEqual(["eu · mean", "eu · maximum v"]);
});

const FREE = { fromZero: false };

test("an area stands on zero", () => {
  expect(chooseRange(40, 60, { fromZero: true }, null)[0]).toBe(0);
});

test("a line far from zero uses the room around it", () => {
  const [low, high] = chooseRange(995, 1005, FREE, null);
  expect(low).toBeGreaterThan(900);
  expect(high).toBeLessThan(1100);
});

test("the axis stands still while the data fits and fills half of it", () => {
  const first = chooseRange(0, 90, FREE, null);
  expect(chooseRange(0, 70, FREE, first)).toBe(first);
  expect(chooseRange(0, 20, FREE, first)).not.toBe(first);
  expect(chooseRange(0, 200, FREE, first)).not.toBe(first);
});

test("limits that are asked for hold", () => {
  expect(chooseRange(20, 30, { min: 0, max: 100, fromZero: false }, null)).toEqual([0, 100]);
});

test("a flat line gets an axis all the same", () => {
  for (const value of [0, 5, -3]) {
    const [low, high] = chooseRange(value, value, FREE, null);
    expect(high).toBeGreaterThan(low);
    expect(value).toBeGreaterThanOrEqual(low);
    expect(value).toBeLessThanOrEqual(high);
  }
  expect(chooseRange(null, null, FREE, null)[1]).toBeGreaterThan(0);
});
