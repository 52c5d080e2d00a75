import { describe, expect, it } from "vitest";
import type { QuerySpec } from "../generated/wire.ts";
import { canonicalQuery, queryKey } from "./query.ts";

const base: QuerySpec = {
  stream: "s",
  shape: "series",
  measures: [{ fn: "count" }, { fn: "avg", field: "x" }],
  range: { last: 1_000 },
};

const key = (query: QuerySpec) => queryKey(canonicalQuery(query));

describe("two queries are the same", () => {
  it("whatever the order of members, conditions and values", () => {
    const eu = { tag: "region", op: "in", values: ["eu", "us"] } as const;
    const host = { tag: "host", op: "not_in", values: ["a"] } as const;
    const a: QuerySpec = {
      ...base,
      where: [
        { ...eu, values: ["us", "eu", "us"] },
        { ...host, values: ["a"] },
      ],
    };
    const b: QuerySpec = {
      where: [
        { values: ["a"], op: "not_in", tag: "host" },
        { ...eu, values: ["eu", "us"] },
        { ...eu, values: ["eu", "us"] },
      ],
      ...base,
    };
    expect(key(a)).toBe(key(b));
  });

  it("if what one says is the default", () => {
    expect(key({ stream: "s", shape: "feed", limit: 50 })).toBe(key({ stream: "s", shape: "feed" }));
    expect(key({ ...base, groupBy: [], where: [] })).toBe(key(base));
  });

  it("but not if order means something", () => {
    expect(key({ ...base, groupBy: ["a", "b"] })).not.toBe(key({ ...base, groupBy: ["b", "a"] }));
    expect(key({ ...base, measures: [...(base.measures ?? [])].reverse() })).not.toBe(key(base));
    expect(key({ ...base, bucket: 500 })).not.toBe(key(base));
  });
});

it("a canonical query is a copy", () => {
  const groupBy = ["a"];
  const canonical = canonicalQuery({ ...base, groupBy });
  groupBy.push("b");
  expect(canonical.groupBy).toEqual(["a"]);
});
