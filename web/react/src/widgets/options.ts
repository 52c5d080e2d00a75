import type { MeasureSpec, QuerySpec } from "@tideboard/client";
import type { NumberStyle } from "../format/number.ts";
import { strings } from "../strings.ts";
import type { Threshold } from "../theme/thresholds.ts";

type Options = Readonly<Record<string, unknown>>;

const asNumber = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined;

/** Reads a text among options, or its default. */
export function textOption(options: Options, name: string, fallback: string): string {
  const value = options[name];
  return typeof value === "string" ? value : fallback;
}

/** Reads a number among options; anything else counts as absent. */
export function numberOption(options: Options, name: string): number | undefined {
  return asNumber(options[name]);
}

/** Unit and decimals of the n-th measure: `units` tells each its own, `unit` all of them. */
export function numberStyle(options: Options, measure = 0): NumberStyle {
  const units = options.units;
  const own: unknown = Array.isArray(units) ? units[measure] : undefined;
  const unit = typeof own === "string" ? own : textOption(options, "unit", "none");
  return { unit, decimals: numberOption(options, "decimals") };
}

/** The thresholds, leaving out what is none. */
export function thresholds(options: Options): readonly Threshold[] {
  const list = options.thresholds;
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: unknown): Threshold[] => {
    if (typeof entry !== "object" || entry === null) return [];
    const { at, color } = entry as { at?: unknown; color?: unknown };
    const from = asNumber(at);
    return from !== undefined && (color === "ok" || color === "warn" || color === "bad") ? [{ at: from, color }] : [];
  });
}

/** What the n-th measure of a query is called. */
export function measureLabel(options: Options, query: QuerySpec | undefined, index: number): string {
  const labels = options.measureLabels;
  const given: unknown = Array.isArray(labels) ? labels[index] : undefined;
  if (typeof given === "string" && given !== "") return given;
  const measure = query?.measures?.[index];
  return measure ? describeMeasure(measure) : "";
}

/** A measure in words: `average busy`. */
export function describeMeasure(measure: MeasureSpec): string {
  const fn = strings.measures[measure.fn];
  return measure.field === undefined ? fn : `${fn} ${measure.field}`;
}

/** The labels of a group as one text; nothing for the group of everything. */
export function groupLabel(labels: readonly (string | null)[]): string {
  return labels.map((label) => label ?? strings.nothing).join(" · ");
}
