import type { QuerySpec, SeriesData } from "@tideboard/client";
import { strings } from "../../strings.ts";
import { groupLabel, measureLabel } from "../options.ts";

/** One line of a chart. */
export interface Line {
  /** Unique in the chart. */
  readonly key: string;
  readonly label: string;
  readonly group: number;
  readonly measure: number;
}

/** The lines of a series: group by group, and in a group measure by measure. */
export function linesOf(data: SeriesData, query: QuerySpec, options: Readonly<Record<string, unknown>>): Line[] {
  const measures = query.measures?.length ?? 1;
  return data.groups.flatMap((group, groupIndex) =>
    Array.from({ length: measures }, (_, measure): Line => {
      const name = groupLabel(group.labels);
      const what = measureLabel(options, query, measure);
      const label = name === "" ? what || strings.total : measures === 1 ? name : `${name} · ${what}`;
      return { key: `${measure}:${group.key}`, label, group: groupIndex, measure };
    }),
  );
}
