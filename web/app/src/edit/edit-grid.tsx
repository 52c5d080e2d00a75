import { useLayoutEffect, useMemo, useRef, useState } from "react";
import { GridLayout, type Layout as Items, verticalCompactor } from "react-grid-layout";
import { GAP, ROW_HEIGHT } from "../boards/geometry.ts";
import { type Hosts, Slot } from "../boards/hosts.tsx";
import { readingOrder, sameLayout } from "../boards/layout.ts";
import type { Layout, Widget } from "../boards/model.ts";
import { fromItems, limitsOf, toItems } from "./items.ts";
import "./edit-grid.css";

export interface EditGridProps {
  readonly layout: Layout;
  readonly columns: number;
  readonly widgets: readonly Widget[];
  readonly hosts: Hosts;
  readonly onArrange: (layout: Layout) => void;
  /** A widget is being dragged or resized. */
  readonly onBegin: () => void;
  /** No longer; what it changed was told before. */
  readonly onEnd: () => void;
}

/** The grid for arranging: the same geometry as the one for looking, with drag and resize. */
export function EditGrid({ layout, columns, widgets, hosts, onArrange, onBegin, onEnd }: EditGridProps) {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    setWidth(element.clientWidth);
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const items = useMemo(
    () =>
      toItems(layout).map((item) => ({
        ...item,
        ...limitsOf(
          widgets.find((widget) => widget.id === item.i),
          columns,
        ),
      })),
    [layout, widgets, columns],
  );
  const finish = (arranged: Items) => {
    const next = fromItems(arranged);
    if (!sameLayout(next, layout)) onArrange(next);
    onEnd();
  };
  const end = useRef(onEnd);
  end.current = onEnd;
  useLayoutEffect(() => () => end.current(), []);
  return (
    <div ref={box} className="edit-grid" data-columns={columns}>
      {/* The drag library looks for this before it would add a style sheet, which the page's policy forbids. */}
      <i id="react-draggable-style-el" hidden />
      {width > 0 ? (
        <GridLayout
          width={width}
          layout={items}
          gridConfig={{ cols: columns, rowHeight: ROW_HEIGHT, margin: [GAP, GAP], containerPadding: [0, 0] }}
          dragConfig={{ enabled: true, handle: ".edit-drag", threshold: 3 }}
          resizeConfig={{ enabled: true, handles: ["n", "e", "s", "w", "ne", "nw", "se", "sw"] }}
          compactor={verticalCompactor}
          onDragStart={onBegin}
          onResizeStart={onBegin}
          onDragStop={finish}
          onResizeStop={finish}
        >
          {readingOrder(layout).map(([id]) => (
            <div key={id} data-widget={id}>
              <Slot host={hosts.get(id)} />
              {/* Over the header: a widget's own events do not pass through this grid, since it lives elsewhere. */}
              <div className="edit-drag" />
            </div>
          ))}
        </GridLayout>
      ) : null}
    </div>
  );
}
