import { widgetKind } from "@tideboard/react";
import type { LayoutItem } from "react-grid-layout/core";
import { readingOrder } from "../boards/layout.ts";
import { COLUMNS, type Layout, type Widget } from "../boards/model.ts";

/** The least size of a widget. */
export interface Limits {
  readonly minW: number;
  readonly minH: number;
}

/** The least size of a kind of widget on a grid of so many columns. */
export function limitsOf(widget: Widget | undefined, columns: number): Limits {
  const size = widget ? widgetKind(widget.kind)?.size : undefined;
  const minW = Math.max(1, Math.round(((size?.minW ?? 3) * columns) / COLUMNS.wide));
  return { minW: Math.max(2, minW), minH: size?.minH ?? 2 };
}

/** A layout as the grid library takes it, in reading order. */
export function toItems(layout: Layout): LayoutItem[] {
  return readingOrder(layout).map(([i, { x, y, w, h }]) => ({ i, x, y, w, h }));
}

/** And back. */
export function fromItems(items: readonly LayoutItem[]): Layout {
  return Object.fromEntries(items.map(({ i, x, y, w, h }) => [i, { x, y, w, h }]));
}
