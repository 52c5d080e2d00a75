import type { MeasureFn, SeriesData, SeriesGroup } from "@tideboard/client";

/** Numbers that may have gaps. */
export type Column = Float64Array | (number | null)[];

/** All lines over one time axis, as the chart library takes them. */
export interface Aligned {
  /** Bucket starts in milliseconds. */
  readonly times: Float64Array | number[];
  /** One column per line: group by group, and in a group measure by measure. */
  readonly columns: readonly Column[];
}

/** Measures of what happened: they grow while their bucket fills, and where nothing happened they are zero. */
const FILLING: ReadonlySet<MeasureFn> = new Set(["count", "sum", "rate"]);

/** Whether the newest bucket of such a measure reads too low until its time is over. */
export function isFilling(fn: MeasureFn | undefined): boolean {
  return fn !== undefined && FILLING.has(fn);
}

/** Whether a group has every bucket from its first to its last. */
function isContiguous(group: SeriesGroup, width: number): boolean {
  const first = group.times[0];
  const last = group.times[group.length - 1];
  return first !== undefined && last !== undefined && last - first === (group.length - 1) * width;
}

function hasGap(values: Float64Array): boolean {
  for (const value of values) if (Number.isNaN(value)) return true;
  return false;
}

/** Reuses its arrays from picture to picture, so that drawing leaves nothing to collect. */
export class Aligner {
  readonly #times: number[] = [];
  readonly #columns: (number | null)[][] = [];

  /**
   * Lines up all groups. Where they all are gapless and equally long, the client's own buffers are handed on
   * uncopied; they stay valid until the next frame, which invalidates the picture too. With `zeroUntil` a bucket
   * without events is zero instead of a gap, from the first bucket of any group up to that time.
   */
  align(data: SeriesData, zeroUntil: number | null = null): Aligned {
    const width = data.width;
    const groups = data.groups.filter((group) => group.length > 0);
    const first = groups[0];
    if (!first || width === null)
      return { times: [], columns: data.groups.flatMap((group) => group.values.map(() => [])) };
    return this.#asTheyAre(data, first, width, zeroUntil) ?? this.#spread(data, groups, width, zeroUntil);
  }

  #asTheyAre(data: SeriesData, first: SeriesGroup, width: number, zeroUntil: number | null): Aligned | null {
    const end = (first.times[first.length - 1] ?? 0) + width;
    if (zeroUntil !== null && end + width <= zeroUntil) return null;
    for (const group of data.groups) {
      if (group.length !== first.length || group.times[0] !== first.times[0]) return null;
      if (!isContiguous(group, width) || group.values.some(hasGap)) return null;
    }
    return { times: first.times, columns: data.groups.flatMap((group) => group.values) };
  }

  #spread(data: SeriesData, groups: readonly SeriesGroup[], width: number, zeroUntil: number | null): Aligned {
    let from = Number.POSITIVE_INFINITY;
    let to = Number.NEGATIVE_INFINITY;
    for (const group of groups) {
      from = Math.min(from, group.times[0] ?? from);
      to = Math.max(to, group.times[group.length - 1] ?? to);
    }
    // The bucket in which `zeroUntil` lies may still get its first event: the one before it is the last known.
    if (zeroUntil !== null) to = Math.max(to, (Math.floor(zeroUntil / width) - 1) * width);
    const length = Math.round((to - from) / width) + 1;
    const times = this.#times;
    times.length = length;
    for (let index = 0; index < length; index += 1) times[index] = from + index * width;
    let next = 0;
    const columns: Column[] = [];
    for (const group of data.groups) {
      for (const values of group.values) {
        const column = this.#columns[next] ?? [];
        this.#columns[next] = column;
        next += 1;
        column.length = length;
        column.fill(zeroUntil === null ? null : 0);
        for (let index = 0; index < group.length; index += 1) {
          const value = values[index] ?? Number.NaN;
          const at = Math.round(((group.times[index] ?? from) - from) / width);
          if (!Number.isNaN(value)) column[at] = value;
        }
        columns.push(column);
      }
    }
    return { times, columns };
  }
}

/** Piles columns up, each on the sum of those before it; a gap counts as nothing to add. */
export function stack(columns: readonly Column[], length: number): (number | null)[][] {
  const below = new Float64Array(length);
  return columns.map((column) => {
    const top: (number | null)[] = new Array(length);
    for (let index = 0; index < length; index += 1) {
      const value = column[index];
      below[index] = (below[index] ?? 0) + (value === null || value === undefined || Number.isNaN(value) ? 0 : value);
      top[index] = value === null || value === undefined ? null : (below[index] ?? 0);
    }
    return top;
  });
}
