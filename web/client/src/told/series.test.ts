import { describe, expect, it } from "vitest";
import { SeriesCells } from "./series.ts";

function series(): SeriesCells {
  const cells = new SeriesCells(1);
  cells.setWidth(1_000);
  cells.apply({
    view: "v",
    window: [0, 5_000],
    replace: [
      [["b"], [0, 1, 2], [[1, 2, 3]]],
      [["a"], [4], [[5]]],
    ],
  });
  return cells;
}

describe("series", () => {
  it("keep the order in which groups first came, over a replacement too", () => {
    const cells = series();
    cells.apply({
      view: "v",
      replace: [
        [["c"], [1], [[1]]],
        [["a"], [1], [[1]]],
        [["b"], [1], [[1]]],
      ],
    });
    expect(cells.groups.map(({ labels }) => labels[0])).toEqual(["b", "a", "c"]);
  });

  it("raise the version of the groups that changed, and of no other", () => {
    const cells = series();
    const [b, a] = cells.groups;
    const before = [cells.version, b?.version ?? 0, a?.version ?? 0];
    cells.apply({ view: "v", diff: [[["a"], [4], [[6]]]] });
    expect(cells.version).toBeGreaterThan(before[0] ?? 0);
    expect(b?.version).toBe(before[1]);
    expect(a?.version).toBeGreaterThan(before[2] ?? 0);
    expect([...(a?.values[0] ?? [])]).toEqual([6]);
  });

  it("lose the buckets before the window, and the groups that have none left", () => {
    const cells = series();
    cells.apply({ view: "v", window: [2_000, 7_000], diff: [] });
    expect([...(cells.group('["b"]')?.times ?? [])]).toEqual([2_000]);
    cells.apply({ view: "v", window: [3_000, 8_000], diff: [] });
    expect(cells.groups.map(({ key }) => key)).toEqual(['["a"]']);
  });

  it("take cells that came before their width was told", () => {
    const cells = new SeriesCells(1);
    cells.apply({ view: "v", window: [2_000, 5_000], replace: [[[], [1, 2], [[7, 8]]]] });
    expect(cells.width).toBeNull();
    cells.setWidth(1_000);
    expect([...(cells.groups[0]?.times ?? [])]).toEqual([2_000]);
  });

  it("change an announced width with the replacement, not before", () => {
    const cells = series();
    cells.announceWidth(2_000);
    cells.apply({ view: "v", diff: [[["a"], [4], [[6]]]] });
    expect([cells.width, ...(cells.group('["a"]')?.times ?? [])]).toEqual([1_000, 4_000]);
    cells.apply({ view: "v", replace: [[["a"], [2], [[6]]]] });
    expect([cells.width, ...(cells.group('["a"]')?.times ?? [])]).toEqual([2_000, 4_000]);
  });

  it("refuse rows that do not fit before anything is applied", () => {
    const cells = series();
    expect(cells.misfit({ view: "v", diff: [[["a"], [1], [[1], [2]]]] })).toBe("2 columns for 1 measures");
    expect(cells.misfit({ view: "v", diff: [[["a"], [1]]] })).toBe("a row that is none of a series");
    expect(cells.misfit({ view: "v", removed: [], diff: [] })).toBe("removed in a part of a series");
  });
});
