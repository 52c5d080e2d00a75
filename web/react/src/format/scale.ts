import type { Unit } from "./unit.ts";

/** How a number of some unit is written at one order of magnitude. */
export interface Scale {
  /** What the number is divided by. */
  readonly divisor: number;
  /** What stands behind it. */
  readonly suffix: string;
}

const UNSCALED: Scale = { divisor: 1, suffix: "" };

const powers = (base: number, suffixes: readonly string[]): readonly Scale[] =>
  suffixes.map((suffix, power) => ({ divisor: base ** power, suffix }));

const COUNT = powers(1000, ["", "k", "M", "G", "T", "P"]);
const PER_SECOND = powers(1000, ["/s", "k/s", "M/s", "G/s", "T/s"]);
const BYTES = powers(1024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]);
const BYTES_PER_SECOND = powers(1000, ["B/s", "kB/s", "MB/s", "GB/s", "TB/s"]);
const SECONDS: readonly Scale[] = [
  { divisor: 1e-6, suffix: "µs" },
  { divisor: 1e-3, suffix: "ms" },
  { divisor: 1, suffix: "s" },
  { divisor: 60, suffix: "min" },
  { divisor: 3600, suffix: "h" },
  { divisor: 86_400, suffix: "d" },
];
const MILLISECONDS = SECONDS.map(({ divisor, suffix }) => ({ divisor: divisor * 1000, suffix }));

function scalesOf(unit: Unit): readonly Scale[] {
  switch (unit) {
    case "bytes":
      return BYTES;
    case "bytes_per_second":
      return BYTES_PER_SECOND;
    case "ms":
      return MILLISECONDS;
    case "seconds":
      return SECONDS;
    case "count":
      return COUNT;
    case "per_second":
      return PER_SECOND;
    case "percent":
      return [{ divisor: 1, suffix: "%" }];
    default:
      return [UNSCALED];
  }
}

/** The scale at which a number of this size reads best. */
export function scaleFor(unit: Unit, magnitude: number): Scale {
  const scales = scalesOf(unit);
  // A duration of nothing is no microsecond.
  const smallest = unit === "ms" || unit === "seconds" ? (unit === "ms" ? 1 : 2) : 0;
  if (!(magnitude > 0)) return scales[smallest] ?? UNSCALED;
  let best = scales[0] ?? UNSCALED;
  for (const scale of scales) {
    if (magnitude >= scale.divisor) best = scale;
  }
  return best;
}
