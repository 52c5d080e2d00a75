import { usePainter } from "../../paint/use-painter.ts";
import { strings } from "../../strings.ts";
import type { BodyProps, WidgetKind } from "../kind.ts";
import { GaugePainter } from "./painter.ts";

function GaugeBody({ widget, main }: BodyProps) {
  const root = usePainter(
    [main],
    JSON.stringify(widget.options),
    (element) => new GaugePainter(element, main, widget.options),
  );
  return <div ref={root} className="tb-gauge" />;
}

/** A dial for each group, between a least and a largest value. */
export const gauge: WidgetKind = {
  kind: "gauge",
  label: strings.kinds.gauge,
  Body: GaugeBody,
  size: { w: 4, h: 5, minW: 3, minH: 3 },
  needsData: true,
  shape: "table",
};
