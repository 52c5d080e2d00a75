import type { GroupValues } from "./values.ts";

/** How long an order stands at least: rows that change places faster cannot be read. */
const CALM_MS = 1000;

/** Orders groups for reading: newcomers and leavers count at once, a change of places at most once a second. */
export class Ranking {
  #order: readonly string[] = [];
  #orderedAt = Number.NEGATIVE_INFINITY;

  rank(
    groups: readonly GroupValues[],
    compare: (a: GroupValues, b: GroupValues) => number,
    now: number,
  ): GroupValues[] {
    const byKey = new Map(groups.map((group) => [group.key, group]));
    const standing = this.#order.filter((key) => byKey.has(key));
    const due = now - this.#orderedAt >= CALM_MS || standing.length !== groups.length;
    if (due) {
      this.#order = [...groups].sort((a, b) => compare(a, b) || (a.key < b.key ? -1 : 1)).map((group) => group.key);
      this.#orderedAt = now;
    }
    return this.#order.flatMap((key) => byKey.get(key) ?? []);
  }

  /** Orders anew with the next picture, whatever the time. */
  reset(): void {
    this.#orderedAt = Number.NEGATIVE_INFINITY;
  }
}

/** Largest first, nothing last. */
export function byValueDown(a: number | null | undefined, b: number | null | undefined): number {
  return (b ?? Number.NEGATIVE_INFINITY) - (a ?? Number.NEGATIVE_INFINITY) || 0;
}
