import type { View, ViewData } from "@tideboard/client";

/** How many arrivals the usual interval is judged by. */
const MEMORY = 12;
/** Below this, nobody speaks of lateness: networks and flushes take turns. */
const LEAST_LATE_MS = 2000;
/** After so long without news, a healthy widget tells its age. */
const IDLE_MS = 10_000;

/** How recent a view's data is. */
export type Freshness =
  | { readonly kind: "fresh" }
  /** Healthy, but nothing new; sources without a rhythm may be silent as long as they like. */
  | { readonly kind: "idle"; readonly ageMs: number }
  /** More than three times its usual interval has passed. */
  | { readonly kind: "late"; readonly ageMs: number };

/** Learns the rhythm in which a view's data changes. Times are any one clock's milliseconds. */
export class Rhythm {
  readonly #gaps: number[] = [];
  #last: number | null = null;

  arrived(at: number): void {
    if (this.#last !== null && at > this.#last) {
      this.#gaps.push(at - this.#last);
      if (this.#gaps.length > MEMORY) this.#gaps.shift();
    }
    this.#last = at;
  }

  /** Forgets what a pause did to the rhythm: nothing can arrive without a connection. */
  interrupted(): void {
    this.#last = null;
  }

  judge(now: number): Freshness {
    if (this.#last === null) return { kind: "fresh" };
    const ageMs = now - this.#last;
    // Whatever is usual; looked at with every arrival, so the usual is not worked out before it matters.
    if (ageMs <= LEAST_LATE_MS) return { kind: "fresh" };
    const usual = this.#usual();
    if (usual !== null) return ageMs > 3 * usual ? { kind: "late", ageMs } : { kind: "fresh" };
    return ageMs > IDLE_MS ? { kind: "idle", ageMs } : { kind: "fresh" };
  }

  /** The median gap, if gaps are alike enough to expect the next one. */
  #usual(): number | null {
    if (this.#gaps.length < 4) return null;
    const sorted = [...this.#gaps].sort((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
    const long = sorted[Math.floor(sorted.length * 0.9)] ?? 0;
    return long <= Math.max(4 * median, 500) ? median : null;
  }
}

/**
 * A number that changes when data arrives, and not when only the window moves on.
 *
 * For a series that is its newest buckets; a table tells no such thing, there any change counts.
 */
export function arrivalMark(data: ViewData): number {
  switch (data.shape) {
    case "series": {
      let mark = 0;
      for (const group of data.groups) {
        const end = group.length - 1;
        mark += group.times[end] ?? 0;
        for (const values of group.values) mark += Number.isNaN(values[end]) ? 0 : (values[end] ?? 0);
      }
      return mark;
    }
    case "table":
      return data.version;
    case "feed":
      return data.items.at(-1)?.sequence ?? -1;
    default:
      return data satisfies never;
  }
}

/** Whether a view shows nothing at all. */
export function isEmpty(view: View): boolean {
  const { data } = view;
  switch (data.shape) {
    case "series":
      return data.groups.every((group) => group.length === 0);
    case "table":
      return data.rows.size === 0;
    case "feed":
      return data.items.length === 0;
    default:
      return data satisfies never;
  }
}
