import type { SeriesData, View } from "@tideboard/client";
import { useEffect, useReducer } from "react";
import { formatNumber } from "../format/number.ts";
import { formatClock } from "../format/time.ts";
import { strings } from "../strings.ts";
import { useSurface } from "../view/provider.tsx";
import type { WidgetSpec } from "../widgets/kind.ts";
import { groupLabel, measureLabel, numberStyle } from "../widgets/options.ts";
import { linesOf } from "../widgets/timeseries/lines.ts";
import { currentValues } from "../widgets/values.ts";

/** Newest buckets that the table of a series holds. */
const MOST_BUCKETS = 60;

/** A picture's numbers as a plain table. It follows once a second, slow enough to read. */
export function DataTable({ widget, view }: { widget: WidgetSpec; view: View }) {
  const { seconds } = useSurface();
  const [, again] = useReducer((count: number) => count + 1, 0);
  useEffect(() => seconds.subscribe(again), [seconds]);
  const caption = strings.tableOf(widget.title || widget.kind);
  return (
    <div className="tb-datatable tb-scroll">
      <table className="tb-table">
        <caption className="tb-hidden">{caption}</caption>
        {view.data.shape === "series" ? (
          <SeriesRows widget={widget} view={view as View<SeriesData>} />
        ) : (
          <GroupRows widget={widget} view={view} />
        )}
      </table>
    </div>
  );
}

function SeriesRows({ widget, view }: { widget: WidgetSpec; view: View<SeriesData> }) {
  const style = numberStyle(widget.options);
  const lines = linesOf(view.data, view.query, widget.options);
  const byTime = new Map<number, string[]>();
  lines.forEach((line, column) => {
    const group = view.data.groups[line.group];
    if (!group) return;
    for (let index = Math.max(0, group.length - MOST_BUCKETS); index < group.length; index += 1) {
      const time = group.times[index] ?? 0;
      const row = byTime.get(time) ?? new Array<string>(lines.length).fill(strings.nothing);
      row[column] = formatNumber(group.values[line.measure]?.[index], style);
      byTime.set(time, row);
    }
  });
  const times = [...byTime.keys()].sort((a, b) => b - a).slice(0, MOST_BUCKETS);
  return (
    <>
      <thead>
        <tr>
          <th scope="col">{strings.time}</th>
          {lines.map((line) => (
            <th key={line.key} scope="col" className="tb-table-number">
              {line.label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {times.map((time) => (
          <tr key={time}>
            <th scope="row" className="tb-num">
              {formatClock(time)}
            </th>
            {byTime.get(time)?.map((value, index) => (
              <td key={lines[index]?.key} className="tb-table-number tb-num">
                {value}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </>
  );
}

function GroupRows({ widget, view }: { widget: WidgetSpec; view: View }) {
  const measures = view.query.measures ?? [];
  return (
    <>
      <thead>
        <tr>
          <th scope="col">{view.query.groupBy?.join(" · ") || strings.group}</th>
          {measures.map((measure, index) => (
            <th key={`${measure.fn} ${measure.field ?? ""}`} scope="col" className="tb-table-number">
              {measureLabel(widget.options, view.query, index)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {currentValues(view).map((group) => (
          <tr key={group.key}>
            <th scope="row">{groupLabel(group.labels) || strings.total}</th>
            {group.values.map((value, index) => {
              const measure = measures[index];
              return (
                <td key={`${measure?.fn} ${measure?.field ?? ""}`} className="tb-table-number tb-num">
                  {formatNumber(value, numberStyle(widget.options, index))}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </>
  );
}
