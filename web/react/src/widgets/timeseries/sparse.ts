import type { SeriesGroup } from "@tideboard/client";

/** Differences that the usual distance of a line's points is judged by. */
const SAMPLE = 16;
/** So many usual distances may pass before a line is taken to have stopped. */
const PATIENCE = 3.5;

/**
 * How far apart two points of a line may stand and still be joined: a sensor that speaks every ten seconds has no
 * gap in each second in between.
 */
export function joinWithin(group: SeriesGroup, width: number): number {
  const { times, length } = group;
  const first = Math.max(1, length - SAMPLE);
  const distances: number[] = [];
  for (let index = first; index < length; index += 1) distances.push((times[index] ?? 0) - (times[index - 1] ?? 0));
  distances.sort((a, b) => a - b);
  const usual = distances[Math.floor(distances.length / 2)] ?? width;
  return Math.max(usual, width) * PATIENCE;
}

/** A line of no more points than this may be too short to see. */
const FEW = 4;

/** The points that no line touches, and all of a line that has but a few; without a mark of their own they would not be seen. */
export function lonePoints(
  times: ArrayLike<number>,
  values: ArrayLike<number | null | undefined>,
  within: number,
): number[] {
  const lone: number[] = [];
  const all: number[] = [];
  let before = Number.NEGATIVE_INFINITY;
  let candidate = -1;
  for (let index = 0; index < times.length; index += 1) {
    if (values[index] === null || values[index] === undefined) continue;
    if (all.length <= FEW) all.push(index);
    const time = times[index] ?? 0;
    const joined = time - before <= within;
    if (candidate >= 0 && !joined) lone.push(candidate);
    candidate = joined ? -1 : index;
    before = time;
  }
  if (candidate >= 0) lone.push(candidate);
  return all.length <= FEW ? all : lone;
}
