/** `[low, high]` of the value axis. */
export type ValueRange = readonly [low: number, high: number];

/** What limits the value axis. */
export interface RangeLimits {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** Areas tell sizes, so they stand on zero. */
  readonly fromZero: boolean;
  /** Steps are powers of two, as for bytes. */
  readonly binary?: boolean;
}

/** A step of 1, 2, 2.5 or 5 times a power of ten, about a fifth of the span. */
function niceStep(span: number, binary: boolean): number {
  const raw = span / 5;
  if (binary) return 2 ** Math.ceil(Math.log2(raw));
  const power = 10 ** Math.floor(Math.log10(raw));
  const lead = raw / power;
  const nice = lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 2.5 ? 2.5 : lead <= 5 ? 5 : 10;
  return nice * power;
}

/**
 * Chooses the value axis for what is shown. A range still in force is kept while the data fits it and fills half of
 * it, so that the axis does not breathe with every value.
 */
export function chooseRange(
  low: number | null,
  high: number | null,
  limits: RangeLimits,
  current: ValueRange | null,
): ValueRange {
  let from = limits.min ?? low ?? 0;
  let to = limits.max ?? high ?? 1;
  if (limits.min === undefined && from > 0 && (limits.fromZero || from < 0.6 * to)) from = 0;
  if (limits.max === undefined && to < 0 && limits.fromZero) to = 0;
  if (!(to > from)) {
    const room = Math.max(Math.abs(from) * 0.1, 1e-9);
    if (limits.max === undefined) to = from + (from === 0 ? 1 : room);
    if (limits.min === undefined && from !== 0) from -= room;
    if (!(to > from)) to = from + 1;
  }
  if (current && fits(from, to, current, limits)) return current;
  const span = to - from;
  const step = niceStep(span, limits.binary === true);
  const ceiling = limits.max ?? Math.ceil((to + span * 0.04) / step) * step;
  const floor = limits.min ?? (from === 0 ? 0 : Math.floor((from - span * 0.04) / step) * step);
  return [floor, ceiling];
}

function fits(from: number, to: number, [low, high]: ValueRange, limits: RangeLimits): boolean {
  if (limits.min !== undefined && low !== limits.min) return false;
  if (limits.max !== undefined && high !== limits.max) return false;
  return from >= low && to <= high && to - from >= 0.5 * (high - low);
}
