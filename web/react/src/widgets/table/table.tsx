import { usePainter } from "../../paint/use-painter.ts";
import { strings } from "../../strings.ts";
import type { BodyProps, WidgetKind } from "../kind.ts";
import { TablePainter } from "./painter.ts";

function TableBody({ widget, main }: BodyProps) {
  const root = usePainter(
    [main],
    JSON.stringify(widget.options),
    (element, tools) => new TablePainter(element, tools, main, widget.options),
  );
  return <div ref={root} className="tb-tablebox tb-scroll" />;
}

/** Groups and their numbers, sorted by any column. */
export const table: WidgetKind = {
  kind: "table",
  label: strings.kinds.table,
  Body: TableBody,
  size: { w: 10, h: 8, minW: 4, minH: 3 },
  needsData: true,
  shape: "table",
};
