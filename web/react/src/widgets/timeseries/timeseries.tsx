import type { SeriesData, View } from "@tideboard/client";
import { usePainter } from "../../paint/use-painter.ts";
import { strings } from "../../strings.ts";
import type { BodyProps, WidgetKind } from "../kind.ts";
import { TimeSeriesChart } from "./chart.ts";

function TimeSeriesBody({ widget, main }: BodyProps) {
  const view = main?.data.shape === "series" ? (main as View<SeriesData>) : null;
  const root = usePainter([view], JSON.stringify(widget.options), (element, tools) =>
    view ? new TimeSeriesChart(element, tools, view, widget.options) : { paint: () => undefined },
  );
  return <div ref={root} className="tb-timeseries" />;
}

/** Lines, areas or piled areas over time. */
export const timeSeries: WidgetKind = {
  kind: "timeseries",
  label: strings.kinds.timeseries,
  Body: TimeSeriesBody,
  size: { w: 12, h: 8, minW: 4, minH: 4 },
  needsData: true,
  shape: "series",
};
