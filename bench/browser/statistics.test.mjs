import { expect, test } from "vitest";
import { median, quantile, slope } from "./statistics.mjs";

test("quantiles lie between the numbers beside them", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(quantile([10, 20], 0.99)).toBeCloseTo(19.9);
  expect(quantile([7], 0.99)).toBe(7);
});

test("no numbers have no quantile", () => {
  expect(median([])).toBeNaN();
});

test("the slope of a line with noise on both sides is the line's", () => {
  expect(
    slope([
      [0, 1],
      [1, 3],
      [2, 5],
    ]),
  ).toBe(2);
  expect(
    slope([
      [0, 1],
      [0, -1],
      [2, 5],
      [2, 3],
    ]),
  ).toBe(2);
});

test("one moment has no slope", () => {
  expect(slope([[1, 5]])).toBeNaN();
});
