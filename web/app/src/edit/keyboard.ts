import { moveElement, verticalCompactor } from "react-grid-layout/core";
import { sameLayout } from "../boards/layout.ts";
import type { Layout, Place } from "../boards/model.ts";
import { fromItems, type Limits, toItems } from "./items.ts";

export type Direction = "left" | "right" | "up" | "down";

/** A widget passes at most so many rows to get past its neighbour. */
const FARTHEST_ROWS = 120;

const DELTA: Readonly<Record<Direction, readonly [dx: number, dy: number]>> = {
  left: [-1, 0],
  right: [1, 0],
  up: [0, -1],
  down: [0, 1],
};

/** Moves a widget as far as it takes to stand elsewhere; `null` if it cannot. Others make room. */
export function moveBy(layout: Layout, id: string, direction: Direction, columns: number): Layout | null {
  const place = layout[id];
  if (!place) return null;
  const [dx, dy] = DELTA[direction];
  for (let steps = 1; steps <= FARTHEST_ROWS; steps += 1) {
    const x = place.x + dx * steps;
    const y = place.y + dy * steps;
    if (x < 0 || y < 0 || x + place.w > columns) return null;
    const moved = movedTo(layout, id, x, y, columns);
    if (!sameLayout(moved, layout) && advanced(place, moved[id], direction)) return moved;
  }
  return null;
}

function advanced(before: Place, after: Place | undefined, direction: Direction): boolean {
  if (!after) return false;
  switch (direction) {
    case "left":
      return after.x < before.x;
    case "right":
      return after.x > before.x;
    case "up":
      return after.y < before.y;
    case "down":
      return after.y > before.y;
    default:
      return direction satisfies never;
  }
}

function movedTo(layout: Layout, id: string, x: number, y: number, columns: number): Layout {
  const items = toItems(layout);
  const item = items.find((candidate) => candidate.i === id);
  if (!item) return layout;
  const moved = moveElement(items, item, x, y, true, false, "vertical", columns);
  return fromItems(verticalCompactor.compact(moved, columns));
}

/** Makes a widget larger or smaller at its right or lower edge; `null` if it cannot. */
export function resizeBy(
  layout: Layout,
  id: string,
  direction: Direction,
  columns: number,
  limits: Limits,
): Layout | null {
  const place = layout[id];
  if (!place) return null;
  const [dx, dy] = DELTA[direction];
  const w = place.w + dx;
  const h = place.h + dy;
  if (w < Math.min(limits.minW, columns) || h < limits.minH || place.x + w > columns) return null;
  const items = toItems({ ...layout, [id]: { ...place, w, h } });
  const item = items.find((candidate) => candidate.i === id);
  if (!item) return null;
  // Moving it onto its own place pushes aside what it now covers.
  const moved = moveElement(items, { ...item }, place.x, place.y, true, false, "vertical", columns);
  return fromItems(verticalCompactor.compact(moved, columns));
}
