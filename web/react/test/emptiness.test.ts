import type { View } from "@tideboard/client";
import { expect, test } from "vitest";
import { EMPTY_PATIENCE_MS, Emptiness } from "../src/state/emptiness.ts";

const table = (rows: number) => ({ data: { shape: "table", rows: { size: rows } } }) as unknown as View;

test("a pause keeps the picture, a lasting emptiness does not", () => {
  const emptiness = new Emptiness();
  expect(emptiness.lasts(table(0), 0)).toBe(true);
  expect(emptiness.lasts(table(1), 10)).toBe(false);
  expect(emptiness.lasts(table(0), 20)).toBe(false);
  expect(emptiness.waitMs(table(0), 1020)).toBe(EMPTY_PATIENCE_MS - 1000);
  expect(emptiness.lasts(table(0), 20 + EMPTY_PATIENCE_MS)).toBe(true);
  expect(emptiness.waitMs(table(2), 9000)).toBe(0);
  expect(emptiness.lasts(table(0), 9001)).toBe(false);
});
