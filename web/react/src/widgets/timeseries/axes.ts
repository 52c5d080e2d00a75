import type uPlot from "uplot";
import { formatTicks } from "../../format/number.ts";
import type { Unit } from "../../format/unit.ts";
import type { Palette } from "../../theme/palette.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Distances between time ticks that people count in. */
const TIME_STEPS = [
  SECOND,
  2 * SECOND,
  5 * SECOND,
  10 * SECOND,
  15 * SECOND,
  30 * SECOND,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
];

/** Distances between ticks of bytes: powers of two, since their units are. */
const BYTE_STEPS = Array.from({ length: 54 }, (_, power) => 2 ** power);

const withSeconds = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hour12: false,
});
const withMinutes = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hour12: false });
const withDays = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });

/** Half the width of a label, less the padding beside the plot. */
const EDGE_PX = 10;
/** The same where labels tell seconds. */
const EDGE_WITH_SECONDS_PX = 18;

const FONT = '11px ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

/** The two axes of a chart; colours are asked for with every picture, since the theme may change. */
export function axesOf(unit: Unit, palette: () => Palette): uPlot.Axis[] {
  const times = new TimeTicks();
  const values = forSameTicks((ticks) => formatTicks(ticks, unit));
  const shared = {
    font: FONT,
    stroke: () => palette().muted,
    ticks: { show: false },
    border: { show: false },
  };
  return [
    {
      ...shared,
      size: 24,
      gap: 6,
      space: 76,
      incrs: TIME_STEPS,
      grid: { show: false },
      values: (plot, ticks, _axis, _space, step) => {
        // A label at the very edge would be cut off; it comes into sight a moment later.
        const edge = plot.bbox.width / devicePixelRatio - (step < MINUTE ? EDGE_WITH_SECONDS_PX : EDGE_PX);
        return ticks.map((tick) => (plot.valToPos(tick, "x") > edge ? "" : times.write(tick, step)));
      },
    },
    {
      ...shared,
      gap: 6,
      space: 32,
      ...(unit === "bytes" ? { incrs: BYTE_STEPS } : {}),
      grid: { stroke: () => palette().grid, width: 1 },
      size: (_plot, labels) =>
        Math.max(40, 14 + 6.4 * (labels ?? []).reduce((most, text) => Math.max(most, text.length), 0)),
      values: (_plot, ticks) => values(ticks),
    },
  ];
}

/** Most pictures have the ticks of the one before: their texts are written once. */
function forSameTicks(write: (ticks: readonly number[]) => string[]): (ticks: readonly number[]) => string[] {
  let known: readonly number[] = [];
  let texts: string[] = [];
  return (ticks) => {
    if (ticks.length !== known.length || ticks.some((tick, index) => tick !== known[index])) {
      texts = write(ticks);
      known = [...ticks];
    }
    return texts;
  };
}

/** More than an axis has at a time: those that have left it are forgotten. */
const KEPT_TICKS = 64;

/** The texts of a time axis, each written once. */
class TimeTicks {
  readonly #texts = new Map<number, string>();
  #step = 0;

  write(exact: number, step: number): string {
    // The axis moves in fractions of a millisecond, and a tick just before its second would read as the one before.
    const tick = Math.round(exact / SECOND) * SECOND;
    if (step !== this.#step || this.#texts.size > KEPT_TICKS) this.#texts.clear();
    this.#step = step;
    const known = this.#texts.get(tick);
    if (known !== undefined) return known;
    const text = timeTick(tick, step);
    this.#texts.set(tick, text);
    return text;
  }
}

function timeTick(tick: number, step: number): string {
  if (step >= DAY) return withDays.format(tick);
  const date = new Date(tick);
  if (step >= HOUR && date.getHours() === 0 && date.getMinutes() === 0) return withDays.format(tick);
  return step < MINUTE ? withSeconds.format(tick) : withMinutes.format(tick);
}
