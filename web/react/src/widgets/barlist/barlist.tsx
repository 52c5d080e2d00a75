import { usePainter } from "../../paint/use-painter.ts";
import { strings } from "../../strings.ts";
import type { BodyProps, WidgetKind } from "../kind.ts";
import { BarListPainter } from "./painter.ts";

function BarListBody({ widget, main }: BodyProps) {
  const root = usePainter(
    [main],
    JSON.stringify(widget.options),
    (element) => new BarListPainter(element, main, widget.options),
  );
  return <div ref={root} className="tb-barlist tb-scroll" />;
}

/** The largest groups, as bars. */
export const barList: WidgetKind = {
  kind: "barlist",
  label: strings.kinds.barlist,
  Body: BarListBody,
  size: { w: 6, h: 7, minW: 4, minH: 3 },
  needsData: true,
  shape: "table",
};
