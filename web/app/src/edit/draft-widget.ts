import type { MeasureFn, MeasureSpec, QuerySpec } from "@tideboard/client";
import { describeMeasure, widgetKind } from "@tideboard/react";
import type { StreamInfo } from "../api/endpoints.ts";
import type { Widget } from "../boards/model.ts";

/** What the dialog asks for. */
export interface Draft {
  readonly stream: string;
  readonly kind: string;
  readonly fn: MeasureFn;
  /** Empty: count events. */
  readonly field: string;
  /** Empty: all together. */
  readonly groupBy: string;
  readonly rangeMs: number;
  readonly unit: string;
  /** Empty: named by what it shows. */
  readonly title: string;
  readonly text: string;
}

/** Before anything is chosen. */
export const BLANK_DRAFT: Draft = {
  stream: "",
  kind: "timeseries",
  fn: "avg",
  field: "",
  groupBy: "",
  rangeMs: 300_000,
  unit: "none",
  title: "",
  text: "",
};

export const RANGES: readonly { readonly ms: number; readonly label: string }[] = [
  { ms: 60_000, label: "1 min" },
  { ms: 300_000, label: "5 min" },
  { ms: 900_000, label: "15 min" },
  { ms: 3_600_000, label: "1 h" },
  { ms: 21_600_000, label: "6 h" },
  { ms: 86_400_000, label: "24 h" },
];

/** Measures that need a field. */
export const MEASURES: readonly MeasureFn[] = ["avg", "last", "min", "max", "sum", "count", "rate", "first"];

const needsField = (fn: MeasureFn) => fn !== "count" && fn !== "rate";

/** Fields of a stream that can be measured. */
export function measurableFields(stream: StreamInfo | undefined): string[] {
  return Object.entries(stream?.fields ?? {})
    .filter(([, type]) => type !== "string")
    .map(([name]) => name);
}

/** A first guess for a stream: its first number, or how many events there are. */
export function suggest(stream: StreamInfo, kind: string, draft: Draft): Draft {
  const field = measurableFields(stream)[0] ?? "";
  return {
    ...draft,
    stream: stream.name,
    kind,
    field,
    fn: field === "" ? "rate" : "avg",
    groupBy: kind === "barlist" || kind === "table" || kind === "timeseries" ? (stream.tags[0] ?? "") : "",
    unit: field === "" ? "per_second" : "none",
  };
}

function measureOf(draft: Draft): MeasureSpec {
  return draft.field !== "" && draft.fn !== "count" ? { fn: draft.fn, field: draft.field } : { fn: draft.fn };
}

/** Whether the draft can be shown; what is missing is visible in the dialog. */
export function isComplete(draft: Draft): boolean {
  if (draft.kind === "text") return draft.text.trim() !== "";
  if (draft.stream === "") return false;
  return draft.kind === "feed" || !needsField(draft.fn) || draft.field !== "";
}

/** The widget that a draft describes. */
export function widgetOf(draft: Draft, id: string): Widget {
  const shape = widgetKind(draft.kind)?.shape ?? null;
  const title = draft.title.trim() || titleOf(draft);
  if (shape === null)
    return { id, kind: draft.kind, title: draft.title.trim(), queries: {}, options: { text: draft.text } };
  if (shape === "feed") {
    return { id, kind: draft.kind, title, queries: { main: { stream: draft.stream, shape, limit: 50 } }, options: {} };
  }
  const base = {
    stream: draft.stream,
    measures: [measureOf(draft)],
    ...(draft.groupBy === "" ? {} : { groupBy: [draft.groupBy] }),
    range: { last: draft.rangeMs },
  };
  const queries: Record<string, QuerySpec> = { main: { ...base, shape } };
  if (draft.kind === "number") queries.spark = { ...base, shape: "series" };
  return { id, kind: draft.kind, title, queries, options: { unit: draft.unit } };
}

function titleOf(draft: Draft): string {
  if (draft.kind === "feed") return draft.stream;
  return `${draft.stream}: ${describeMeasure(measureOf(draft))}`;
}

/** An id that no widget of the dashboard has. */
export function freshId(kind: string, taken: ReadonlySet<string>): string {
  for (let count = 1; ; count += 1) {
    const id = `my-${kind}-${count}`;
    if (!taken.has(id)) return id;
  }
}
