const FIRST_CAPACITY = 64;

type Buffer64 = Float64Array<ArrayBuffer>;

/**
 * The buckets of one group, ascending, as columns in growing buffers. Setting the newest bucket and dropping the oldest
 * cost O(1) amortised; a late bucket costs moving those after it.
 */
export class Columns {
  #times: Buffer64 = new Float64Array(0);
  #values: Buffer64[];
  #start = 0;
  #end = 0;

  constructor(measures: number) {
    this.#values = Array.from({ length: measures }, () => new Float64Array(0));
  }

  get size(): number {
    return this.#end - this.#start;
  }

  clear(): void {
    this.#start = 0;
    this.#end = 0;
  }

  /** Sets the bucket at `time` to row `row` of `columns`. */
  set(time: number, columns: readonly (readonly (number | null)[])[], row: number): void {
    const place = this.#placeFor(time);
    for (let measure = 0; measure < this.#values.length; measure += 1) {
      const column = this.#values[measure];
      if (column !== undefined) column[place] = columns[measure]?.[row] ?? Number.NaN;
    }
  }

  /** Drops the buckets that start before `time`; says how many. */
  dropBefore(time: number): number {
    const place = this.#lowerBound(time);
    const dropped = place - this.#start;
    this.#start = place;
    if (this.#start === this.#end) this.clear();
    return dropped;
  }

  /** How many buckets start before `time`. */
  countBefore(time: number): number {
    const last = this.#times[this.#end - 1];
    if (this.size === 0 || (last !== undefined && last < time)) return this.size;
    return this.#lowerBound(time) - this.#start;
  }

  /** Multiplies every time; the order must survive it. */
  scale(factor: number): void {
    for (let index = this.#start; index < this.#end; index += 1)
      this.#times[index] = (this.#times[index] ?? 0) * factor;
  }

  /** The first `length` buckets, without copying. */
  times(length: number): Float64Array {
    return this.#times.subarray(this.#start, this.#start + length);
  }

  values(length: number): readonly Float64Array[] {
    return this.#values.map((column) => column.subarray(this.#start, this.#start + length));
  }

  /** Where the bucket at `time` lies, made if there was none. */
  #placeFor(time: number): number {
    const newest = this.#times[this.#end - 1];
    if (this.size > 0 && newest === time) return this.#end - 1;
    if (this.size === 0 || (newest !== undefined && newest < time)) return this.#insert(this.#end, time);
    const place = this.#lowerBound(time);
    return this.#times[place] === time ? place : this.#insert(place, time);
  }

  #insert(place: number, time: number): number {
    const offset = place - this.#start;
    if (this.#end === this.#times.length) this.#makeRoom();
    const target = this.#start + offset;
    if (target < this.#end) {
      for (const column of [this.#times, ...this.#values]) column.copyWithin(target + 1, target, this.#end);
    }
    this.#times[target] = time;
    this.#end += 1;
    return target;
  }

  /** Moves to the front if half the buffer is free there, else doubles it: either way O(1) per insertion on average. */
  #makeRoom(): void {
    const { size } = this;
    const enough = this.#start >= size && this.#start > 0;
    const move = (column: Buffer64): Buffer64 => {
      if (enough) return column.copyWithin(0, this.#start, this.#end);
      const grown = new Float64Array(Math.max(FIRST_CAPACITY, size * 2));
      grown.set(column.subarray(this.#start, this.#end));
      return grown;
    };
    this.#times = move(this.#times);
    this.#values = this.#values.map(move);
    this.#start = 0;
    this.#end = size;
  }

  #lowerBound(time: number): number {
    let low = this.#start;
    let high = this.#end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#times[middle] ?? 0) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
