import { strings } from "../strings.ts";
import { scaleFor } from "./scale.ts";
import { isCurrency, type Unit } from "./unit.ts";

/** How the numbers of a widget are written. */
export interface NumberStyle {
  readonly unit: Unit;
  /** Digits after the point; chosen by size if absent. */
  readonly decimals?: number | undefined;
}

/** A written number, in two parts so that the unit can be set smaller. */
export interface WrittenNumber {
  readonly text: string;
  readonly suffix: string;
}

const plain = new Map<number, Intl.NumberFormat>();
const currencies = new Map<string, Intl.NumberFormat | null>();

function fixed(value: number, decimals: number): string {
  const places = Math.min(20, Math.max(0, decimals));
  let format = plain.get(places);
  if (!format) {
    format = new Intl.NumberFormat(undefined, { minimumFractionDigits: places, maximumFractionDigits: places });
    plain.set(places, format);
  }
  // Without this a small negative number would read "-0".
  return format.format(Math.abs(value) < 0.5 * 10 ** -places ? 0 : value);
}

function currency(code: string, decimals: number | undefined): Intl.NumberFormat | null {
  const key = `${code}${decimals ?? ""}`;
  const known = currencies.get(key);
  if (known !== undefined) return known;
  let format: Intl.NumberFormat | null = null;
  try {
    const digits = decimals === undefined ? {} : { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
    format = new Intl.NumberFormat(undefined, { style: "currency", currency: code, ...digits });
  } catch {
    // Three letters that are no currency are shown as they stand.
  }
  currencies.set(key, format);
  return format;
}

/** Three significant digits at most, and never more than two decimals: enough to read, and the width stays calm. */
function decimalsFor(scaled: number, unit: Unit): number {
  const size = Math.abs(scaled);
  if (unit === "percent") return size >= 99.95 ? 0 : 1;
  if (Number.isInteger(scaled) && size < 1000) return 0;
  return size >= 99.5 ? 0 : size >= 9.95 ? 1 : 2;
}

/** Writes a number; `null` (nothing to measure) becomes a dash. */
export function writeNumber(value: number | null | undefined, style: NumberStyle): WrittenNumber {
  if (value === null || value === undefined || Number.isNaN(value)) return { text: strings.nothing, suffix: "" };
  if (isCurrency(style.unit)) {
    const format = currency(style.unit, style.decimals);
    if (format) return { text: format.format(value), suffix: "" };
    return { text: fixed(value, style.decimals ?? 2), suffix: style.unit };
  }
  const { divisor, suffix } = scaleFor(style.unit, Math.abs(value));
  const scaled = value / divisor;
  const whole = divisor === 1 && (style.unit === "bytes" || style.unit === "bytes_per_second");
  const decimals = whole ? 0 : decimalsOf(scaled, divisor > 1, style);
  return { text: fixed(scaled, decimals), suffix };
}

/** What was asked for; in a larger unit than the one asked about at least what it takes to say as much. */
function decimalsOf(scaled: number, enlarged: boolean, style: NumberStyle): number {
  const fitting = decimalsFor(scaled, style.unit);
  if (style.decimals === undefined) return fitting;
  return enlarged ? Math.max(style.decimals, fitting) : style.decimals;
}

/** Whether a suffix stands right behind its number, as in `1.2k` and `3/s`. */
function isTight(suffix: string): boolean {
  return /^[kMGTP]?(\/s)?$/.test(suffix);
}

/** A number with its unit, in one text. */
export function formatNumber(value: number | null | undefined, style: NumberStyle): string {
  const { text, suffix } = writeNumber(value, style);
  if (suffix === "") return text;
  return `${text}${isTight(suffix) ? "" : "\u202f"}${suffix}`;
}

/** The ticks of an axis: one scale and as many decimals as their distance needs. */
export function formatTicks(ticks: readonly number[], unit: Unit): string[] {
  const largest = ticks.reduce((most, tick) => Math.max(most, Math.abs(tick)), 0);
  if (isCurrency(unit)) return ticks.map((tick) => formatNumber(tick, { unit, decimals: largest < 10 ? 2 : 0 }));
  const { divisor, suffix } = scaleFor(unit, largest);
  const step = ticks.length > 1 ? Math.abs((ticks[1] ?? 0) - (ticks[0] ?? 0)) / divisor : 1;
  const decimals = decimalsOfStep(step);
  const close = suffix === "%" || isTight(suffix) ? "" : "\u202f";
  return ticks.map((tick) => (tick === 0 ? "0" : `${fixed(tick / divisor, decimals)}${suffix && close}${suffix}`));
}

/** As many decimals as it takes to tell the ticks apart exactly. */
function decimalsOfStep(step: number): number {
  for (let decimals = 0; decimals < 6; decimals += 1) {
    const shifted = step * 10 ** decimals;
    if (Math.abs(shifted - Math.round(shifted)) < 1e-6 * Math.max(1, shifted)) return decimals;
  }
  return 6;
}
