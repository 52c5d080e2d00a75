import { usePainter } from "../../paint/use-painter.ts";
import { strings } from "../../strings.ts";
import type { BodyProps, WidgetKind } from "../kind.ts";
import { NumberPainter } from "./painter.ts";

function NumberBody({ widget, main, spark }: BodyProps) {
  const root = usePainter(
    [main, spark],
    JSON.stringify(widget.options),
    (element) => new NumberPainter(element, main, spark, widget.options),
  );
  return <div ref={root} className="tb-number" />;
}

/** One big number with a spark line. */
export const number: WidgetKind = {
  kind: "number",
  label: strings.kinds.number,
  Body: NumberBody,
  size: { w: 4, h: 4, minW: 3, minH: 2 },
  needsData: true,
  shape: "table",
};
