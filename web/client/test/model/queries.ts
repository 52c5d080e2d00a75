import type { QuerySpec } from "../../src/generated/wire.ts";

const sum = { fn: "sum", field: "value" } as const;
const count = { fn: "count" } as const;

/** What the simulated client may ask for: every shape, several streams, groups, a filter, an absolute range. */
export const QUERIES: readonly QuerySpec[] = [
  { stream: "a", shape: "series", groupBy: ["g"], measures: [sum, count], range: { last: 8_000 }, bucket: 1_000 },
  { stream: "a", shape: "series", measures: [sum, count], range: { last: 20_000 }, bucket: 500 },
  { stream: "a", shape: "table", groupBy: ["g"], measures: [sum, count], range: { last: 5_000 } },
  { stream: "a", shape: "feed", limit: 5 },
  { stream: "b", shape: "series", groupBy: ["g", "h"], measures: [sum, count], range: { last: 4_000 }, bucket: 1_000 },
  { stream: "b", shape: "table", groupBy: ["h"], measures: [sum, count], range: { last: 10_000 } },
  {
    stream: "b",
    shape: "feed",
    limit: 3,
    where: [{ tag: "g", op: "in", values: ["x", "y"] }],
  },
  {
    stream: "c",
    shape: "series",
    groupBy: ["g"],
    measures: [sum, count],
    range: { from: 1_790_000_030_000, to: 1_790_000_050_000 },
    bucket: 2_000,
  },
];
