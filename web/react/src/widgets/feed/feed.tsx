import type { FeedData, View } from "@tideboard/client";
import { usePainter } from "../../paint/use-painter.ts";
import { strings } from "../../strings.ts";
import type { BodyProps, WidgetKind } from "../kind.ts";
import { FeedPainter } from "./painter.ts";

function FeedBody({ widget, main }: BodyProps) {
  const view = main?.data.shape === "feed" ? (main as View<FeedData>) : null;
  const root = usePainter([view], JSON.stringify(widget.options), (element, tools) =>
    view ? new FeedPainter(element, tools, view) : { paint: () => undefined },
  );
  return <div ref={root} className="tb-feed" />;
}

/** The newest events as they come. */
export const feed: WidgetKind = {
  kind: "feed",
  label: strings.kinds.feed,
  Body: FeedBody,
  size: { w: 10, h: 8, minW: 4, minH: 3 },
  needsData: true,
  shape: "feed",
};
