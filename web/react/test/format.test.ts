import { expect, test } from "vitest";
import { formatNumber, formatTicks, writeNumber } from "../src/format/number.ts";
import { formatAge, formatDuration, formatPreciseClock } from "../src/format/time.ts";

const NARROW = "\u202f";

test.each([
  [12.345, "percent", "12.3\u202f%"],
  [100, "percent", "100\u202f%"],
  [99.97, "percent", "100\u202f%"],
  [512, "bytes", `512${NARROW}B`],
  [1536, "bytes", `1.50${NARROW}KiB`],
  [1_500_000, "bytes_per_second", `1.50${NARROW}MB/s`],
  [0, "bytes_per_second", `0${NARROW}B/s`],
  [12.34, "ms", `12.3${NARROW}ms`],
  [1234, "ms", `1.23${NARROW}s`],
  [0.25, "ms", `250${NARROW}µs`],
  [90, "seconds", `1.50${NARROW}min`],
  [1234, "count", "1.23k"],
  [999, "count", "999"],
  [3.456, "per_second", "3.46/s"],
  [12_345, "per_second", "12.3k/s"],
  [-1536, "bytes", `-1.50${NARROW}KiB`],
] as const)("%d in %s reads %s", (value, unit, expected) => {
  expect(formatNumber(value, { unit })).toBe(expected);
});

test("decimals that are asked for are kept", () => {
  expect(formatNumber(12.3456, { unit: "percent", decimals: 0 })).toBe(`12${NARROW}%`);
  expect(formatNumber(5, { unit: "none", decimals: 2 })).toBe("5.00");
});

test("in a larger unit no less is said than was asked for", () => {
  expect(formatNumber(1044, { unit: "ms", decimals: 0 })).toBe(`1.04${NARROW}s`);
  expect(formatNumber(1_960, { unit: "count", decimals: 0 })).toBe("1.96k");
});

test("a small negative number is no negative zero", () => {
  expect(formatNumber(-0.0001, { unit: "none", decimals: 1 })).toBe("0.0");
});

test("nothing to measure is a dash, without a unit", () => {
  expect(writeNumber(null, { unit: "bytes" })).toEqual({ text: "–", suffix: "" });
  expect(writeNumber(Number.NaN, { unit: "bytes" })).toEqual({ text: "–", suffix: "" });
});

test("a currency is written with its sign, an unknown one with its letters", () => {
  expect(formatNumber(1234.5, { unit: "EUR" })).toContain("€");
  expect(formatNumber(3, { unit: "EUR", decimals: 0 })).toMatch(/^€3$|^3\s€$/);
});

test("ticks share one scale and as many decimals as their distance needs", () => {
  expect(formatTicks([0, 512 * 1024, 1024 * 1024], "bytes")).toEqual(["0", `0.5${NARROW}MiB`, `1.0${NARROW}MiB`]);
  expect(formatTicks([0, 25, 50], "percent")).toEqual(["0", "25%", "50%"]);
  expect(formatTicks([0, 0.25, 0.5], "none")).toEqual(["0", "0.25", "0.50"]);
});

test.each([
  [34, "34 ms"],
  [1000, "1 s"],
  [2400, "2.4 s"],
  [12_000, "12 s"],
  [180_000, "3 min"],
  [7_500_000, "2 h 5 min"],
  [3 * 86_400_000, "3 d"],
])("%d ms lasts %s", (ms, expected) => {
  expect(formatDuration(ms)).toBe(expected);
});

test("an age changes no more often than once a second", () => {
  expect(formatAge(3100)).toBe(formatAge(3900));
  expect(formatAge(200)).toBe("1 s");
});

test("a precise clock shows thousandths", () => {
  expect(formatPreciseClock(1_790_000_000_007)).toMatch(/\.007$/);
});
