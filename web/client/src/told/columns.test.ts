import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Columns } from "./columns.ts";

function pairs(columns: Columns): [number, number][] {
  const [values] = columns.values(columns.size);
  return [...columns.times(columns.size)].map((time, row) => [time, values?.[row] ?? Number.NaN]);
}

describe("columns", () => {
  it("hold what a map would hold, in ascending order", () => {
    const set = fc.record({ kind: fc.constant("set" as const), time: fc.nat(300), value: fc.integer() });
    const drop = fc.record({ kind: fc.constant("drop" as const), time: fc.nat(300) });
    const count = fc.record({ kind: fc.constant("count" as const), time: fc.nat(300) });
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 8, arbitrary: set }, drop, count), { maxLength: 400 }), (steps) => {
        const columns = new Columns(1);
        const model = new Map<number, number>();
        for (const step of steps) {
          if (step.kind === "set") {
            columns.set(step.time, [[step.value]], 0);
            model.set(step.time, step.value);
          } else if (step.kind === "drop") {
            const gone = [...model.keys()].filter((time) => time < step.time);
            for (const time of gone) model.delete(time);
            expect(columns.dropBefore(step.time)).toBe(gone.length);
          } else {
            expect(columns.countBefore(step.time)).toBe([...model.keys()].filter((time) => time < step.time).length);
          }
        }
        expect(pairs(columns)).toEqual([...model].sort(([a], [b]) => a - b));
      }),
    );
  });

  it("tell what has no value by NaN", () => {
    const columns = new Columns(2);
    columns.set(1, [[null], [7]], 0);
    expect(columns.values(1).map((column) => column[0])).toEqual([Number.NaN, 7]);
  });

  it("keep their buffer while a window slides over them", () => {
    const columns = new Columns(1);
    for (let time = 0; time < 50; time += 1) columns.set(time, [[time]], 0);
    const { buffer } = columns.times(50);
    for (let time = 50; time < 5_000; time += 1) {
      columns.set(time, [[time]], 0);
      columns.dropBefore(time - 30);
    }
    expect(columns.times(1).buffer).toBe(buffer);
    expect(pairs(columns).at(-1)).toEqual([4_999, 4_999]);
  });
});
