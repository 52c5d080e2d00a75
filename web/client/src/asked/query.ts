import type { FilterSpec, MeasureSpec, QuerySpec, RangeSpec } from "../generated/wire.ts";
import { DEFAULT_FEED_LIMIT } from "../told/feed.ts";

/**
 * The same query in one way of writing: members in one order, conditions and their values sorted and once each, what
 * is empty or the default left out. It is a copy. What order means something (measures, group-by) stays.
 */
export function canonicalQuery(query: QuerySpec): QuerySpec {
  return {
    stream: query.stream,
    shape: query.shape,
    ...(query.measures?.length ? { measures: query.measures.map(canonicalMeasure) } : {}),
    ...(query.groupBy?.length ? { groupBy: [...query.groupBy] } : {}),
    ...(query.where?.length ? { where: canonicalFilters(query.where) } : {}),
    ...(query.range === undefined ? {} : { range: canonicalRange(query.range) }),
    ...(query.bucket === undefined ? {} : { bucket: query.bucket }),
    ...(query.limit === undefined || query.limit === DEFAULT_FEED_LIMIT ? {} : { limit: query.limit }),
  };
}

/** One text per canonical query. */
export function queryKey(canonical: QuerySpec): string {
  return JSON.stringify(canonical);
}

function canonicalMeasure({ fn, field }: MeasureSpec): MeasureSpec {
  return field === undefined ? { fn } : { fn, field };
}

function canonicalFilters(filters: readonly FilterSpec[]): FilterSpec[] {
  const byText = new Map<string, FilterSpec>();
  for (const { tag, op, values } of filters) {
    const filter: FilterSpec = { tag, op, values: [...new Set(values)].sort() };
    byText.set(JSON.stringify(filter), filter);
  }
  return [...byText.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, filter]) => filter);
}

function canonicalRange(range: RangeSpec): RangeSpec {
  return "last" in range ? { last: range.last } : { from: range.from, to: range.to };
}
