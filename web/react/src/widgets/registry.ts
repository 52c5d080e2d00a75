import { barList } from "./barlist/barlist.tsx";
import { feed } from "./feed/feed.tsx";
import { gauge } from "./gauge/gauge.tsx";
import type { WidgetKind } from "./kind.ts";
import { number } from "./number/number.tsx";
import { table } from "./table/table.tsx";
import { text } from "./text/text.tsx";
import { timeSeries } from "./timeseries/timeseries.tsx";

/** Every kind of widget, in the order in which they are offered. */
export const WIDGET_KINDS: readonly WidgetKind[] = [timeSeries, number, gauge, barList, table, feed, text];

/** The kind of that name, if this page knows it. */
export function widgetKind(name: string): WidgetKind | undefined {
  return WIDGET_KINDS.find((kind) => kind.kind === name);
}
