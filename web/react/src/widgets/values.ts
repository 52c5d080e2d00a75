import type { View } from "@tideboard/client";

/** One group and its numbers, whatever shape of view they come from. */
export interface GroupValues {
  readonly key: string;
  readonly labels: readonly (string | null)[];
  readonly values: readonly (number | null)[];
}

/** The current numbers of each group: a table's rows, or the newest buckets of a series. */
export function currentValues(view: View | null): GroupValues[] {
  if (!view) return [];
  const { data } = view;
  switch (data.shape) {
    case "table":
      return [...data.rows.values()];
    case "series":
      return data.groups.map((group) => ({
        key: group.key,
        labels: group.labels,
        values: group.values.map((values) => newest(values, group.length)),
      }));
    case "feed":
      return [];
    default:
      return data satisfies never;
  }
}

function newest(values: Float64Array, length: number): number | null {
  for (let index = length - 1; index >= 0; index -= 1) {
    const value = values[index];
    if (value !== undefined && !Number.isNaN(value)) return value;
  }
  return null;
}
