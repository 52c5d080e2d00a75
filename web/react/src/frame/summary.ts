import type { View } from "@tideboard/client";
import { formatNumber, type NumberStyle } from "../format/number.ts";
import { strings } from "../strings.ts";
import type { WidgetSpec } from "../widgets/kind.ts";
import { groupLabel, measureLabel, numberStyle } from "../widgets/options.ts";
import { currentValues, type GroupValues } from "../widgets/values.ts";

/** Lines that a summary tells; more would be a recital. */
const MOST_LINES = 5;

/** What a picture shows, in a sentence or two for those who cannot see it. */
export function summarise(widget: WidgetSpec, view: View | null): string {
  const style = numberStyle(widget.options);
  const title = widget.title || strings.kinds[widget.kind as keyof typeof strings.kinds] || widget.kind;
  const groups = currentValues(view);
  const first = groups[0];
  if (!first || !view) return title;
  if (view.data.shape === "series") {
    const { groups: lines } = view.data;
    const told = lines.slice(0, MOST_LINES).map((line, index) => {
      const [low, high] = extent(line.values[0]);
      const name = nameOf(widget, view, groups[index] ?? first);
      const value = formatNumber(groups[index]?.values[0], style);
      return strings.summary.value(name, value, formatNumber(low, style), formatNumber(high, style));
    });
    const rest = lines.length > MOST_LINES ? `, ${strings.others(lines.length - MOST_LINES)}` : "";
    return `${strings.summary.series(title, lines.length)} ${told.join("; ")}${rest}.`;
  }
  const told = groups.slice(0, MOST_LINES).map((group) => tell(widget, view, group, style, groups.length > 1));
  const rest = groups.length > MOST_LINES ? `, ${strings.others(groups.length - MOST_LINES)}` : "";
  return strings.summary.number(title, `${told.join("; ")}${rest}`);
}

function tell(widget: WidgetSpec, view: View, group: GroupValues, style: NumberStyle, named: boolean): string {
  const value = formatNumber(group.values[0], style);
  return named ? `${nameOf(widget, view, group)} ${value}` : value;
}

function nameOf(widget: WidgetSpec, view: View, group: GroupValues): string {
  return groupLabel(group.labels) || measureLabel(widget.options, view.query, 0);
}

function extent(values: Float64Array | undefined): [number | null, number | null] {
  let low: number | null = null;
  let high: number | null = null;
  for (const value of values ?? []) {
    if (Number.isNaN(value)) continue;
    if (low === null || value < low) low = value;
    if (high === null || value > high) high = value;
  }
  return [low, high];
}
