import { expect, test } from "vitest";
import { Samples, TABLE } from "./samples.mjs";

test("each round adds a number to its measure and contestant", () => {
  const samples = new Samples();
  samples.add("A", "heap", "MiB", 1);
  samples.add("B", "heap", "MiB", 2);
  samples.add("A", "heap", "MiB", 3.00004);
  expect(samples.all).toEqual([
    { table: TABLE, measure: "heap", contestant: "A", unit: "MiB", runs: [1, 3] },
    { table: TABLE, measure: "heap", contestant: "B", unit: "MiB", runs: [2] },
  ]);
});

test("the table leaves out what a contestant was not measured for", () => {
  const samples = new Samples();
  samples.add("A", "heap", "MiB", 12.345);
  samples.add("B", "latency", "ms", 0.5);
  expect(samples.table(["A", "B"])).toBe(
    "median of the rounds      A      B\nheap [MiB]            12.35       \nlatency [ms]                 0.500\n",
  );
});
