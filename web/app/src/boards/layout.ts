import { type Breakpoint, COLUMNS, type Layout, type Place } from "./model.ts";

type Entry = readonly [id: string, place: Place];

const bottom = (place: Place) => place.y + place.h;
const right = (place: Place) => place.x + place.w;

/** Whether two places share a cell of the grid. */
export function overlaps(a: Place, b: Place): boolean {
  return a.x < right(b) && b.x < right(a) && a.y < bottom(b) && b.y < bottom(a);
}

/** From top to bottom, and from left to right among those that start in the same row; ties go by id. */
export function readingOrder(layout: Layout): Entry[] {
  return Object.entries(layout).sort(([idA, a], [idB, b]) => a.y - b.y || a.x - b.x || (idA < idB ? -1 : 1));
}

/** Moves everything up as far as it goes, so that no widget floats over a hole. */
export function compact(layout: Layout): Layout {
  const placed: Entry[] = [];
  for (const [id, place] of readingOrder(layout)) {
    const above = placed.filter(([, other]) => other.x < right(place) && place.x < right(other));
    // The highest row below which nothing is in the way: overlap-free input never needs to go down.
    const y = above.reduce((lowest, [, other]) => Math.max(lowest, bottom(other)), 0);
    placed.push([id, { ...place, y }]);
  }
  return Object.fromEntries(placed);
}

/** Exactly the given widgets: others are left out, lacking ones stand below, half a row wide. */
export function complete(layout: Layout, ids: readonly string[], columns: number): Layout {
  const result: Record<string, Place> = {};
  let end = 0;
  for (const id of ids) {
    const place = layout[id];
    if (!place) continue;
    result[id] = place;
    end = Math.max(end, bottom(place));
  }
  for (const id of ids) {
    if (result[id]) continue;
    result[id] = { x: 0, y: end, w: Math.ceil(columns / 2), h: 6 };
    end += 6;
  }
  return result;
}

function narrowed(w: number, columns: number): number {
  const wide = COLUMNS.wide;
  if (columns < 8) return w <= wide / 4 ? Math.max(1, Math.floor(columns / 2)) : columns;
  return Math.min(columns, Math.max(Math.ceil((w * columns) / wide), Math.floor(columns / 4), 1));
}

function nextPlace(placed: readonly Place[], w: number, h: number, columns: number): Place {
  const last = placed.at(-1);
  if (!last) return { x: 0, y: 0, w, h };
  // A widget rests beside the last one or on the bottom of some other: no other row can be the first free one.
  const rows = new Set([last.y, ...placed.map(bottom).filter((y) => y > last.y)]);
  for (const y of [...rows].sort((a, b) => a - b)) {
    for (let x = y === last.y ? right(last) : 0; x <= columns - w; x += 1) {
      const place = { x, y, w, h };
      if (!placed.some((other) => overlaps(other, place))) return place;
    }
  }
  return { x: 0, y: Math.max(...placed.map(bottom)), w, h };
}

/** A layout of fewer columns that follows a wide one in reading order, as the server derives it. */
export function deriveLayout(wide: Layout, columns: number): Layout {
  const placed: Place[] = [];
  const result: Record<string, Place> = {};
  for (const [id, { w, h }] of readingOrder(wide)) {
    const place = nextPlace(placed, narrowed(w, columns), Math.max(1, h), columns);
    placed.push(place);
    result[id] = place;
  }
  return result;
}

/** A layout with those of another that it lacks standing below. */
function append(layout: Layout, more: Layout): Layout {
  const end = Object.values(layout).reduce((lowest, place) => Math.max(lowest, bottom(place)), 0);
  const lacking = readingOrder(more).filter(([id]) => !layout[id]);
  const top = lacking[0]?.[1].y ?? 0;
  return { ...layout, ...Object.fromEntries(lacking.map(([id, place]) => [id, { ...place, y: place.y - top + end }])) };
}

/** A place for every widget at a breakpoint, as it is shown. */
export function shownLayout(
  layouts: { readonly wide: Layout; readonly tablet?: Layout; readonly phone?: Layout },
  ids: readonly string[],
  breakpoint: Breakpoint,
): Layout {
  const wide = compact(complete(layouts.wide, ids, COLUMNS.wide));
  if (breakpoint === "wide") return wide;
  const derived = deriveLayout(wide, COLUMNS[breakpoint]);
  const stored = layouts[breakpoint];
  if (!stored) return compact(derived);
  const known = Object.fromEntries(Object.entries(stored).filter(([id]) => ids.includes(id)));
  return compact(append(known, derived));
}

/** Whether two places are the same. */
export function samePlace(a: Place | undefined, b: Place | undefined): boolean {
  return a === b || (!!a && !!b && a.x === b.x && a.y === b.y && a.w === b.w && a.h === b.h);
}

/** Whether two layouts place the same widgets in the same places. */
export function sameLayout(a: Layout, b: Layout): boolean {
  const ids = Object.keys(a);
  return ids.length === Object.keys(b).length && ids.every((id) => samePlace(a[id], b[id]));
}
