import { overlaps, readingOrder } from "./layout.ts";
import {
  BREAKPOINTS,
  COLUMNS,
  type Dashboard,
  type Layout,
  type PersonalView,
  type Place,
  type Widget,
} from "./model.ts";

/** A view that changes nothing. */
export function emptyView(shared: Dashboard): PersonalView {
  return {
    dashboard: shared.id,
    revision: 0,
    baseRevision: shared.revision,
    hidden: [],
    added: [],
    layouts: { wide: {}, tablet: {}, phone: {} },
  };
}

/** Whether a view changes nothing. */
export function isEmptyView(view: PersonalView): boolean {
  return (
    view.hidden.length === 0 &&
    view.added.length === 0 &&
    BREAKPOINTS.every((breakpoint) => Object.keys(view.layouts[breakpoint]).length === 0)
  );
}

/** The dashboard as one user sees it; the same as the server's merge. */
export function merge(shared: Dashboard, view: PersonalView): Dashboard {
  const own = new Set(shared.widgets.map((widget) => widget.id));
  const widgets: Widget[] = [
    ...shared.widgets.filter((widget) => !view.hidden.includes(widget.id)),
    ...view.added.filter((widget) => !own.has(widget.id)),
  ];
  const ids = new Set(widgets.map((widget) => widget.id));
  const wide = overlay(shared.layouts.wide, view.layouts.wide, ids, COLUMNS.wide);
  const tablet = narrower(shared.layouts.tablet, view.layouts.tablet, ids, COLUMNS.tablet);
  const phone = narrower(shared.layouts.phone, view.layouts.phone, ids, COLUMNS.phone);
  return {
    ...shared,
    widgets,
    layouts: { wide, ...(tablet ? { tablet } : {}), ...(phone ? { phone } : {}) },
  };
}

function narrower(
  shared: Layout | undefined,
  own: Layout,
  ids: ReadonlySet<string>,
  columns: number,
): Layout | undefined {
  return shared || Object.keys(own).length > 0 ? overlay(shared ?? {}, own, ids, columns) : undefined;
}

/** What the user placed stays; the dashboard's widgets keep their places where these are free, else move down. */
function overlay(shared: Layout, own: Layout, ids: ReadonlySet<string>, columns: number): Layout {
  const result: Record<string, Place> = {};
  const put = (id: string, place: Place) => {
    result[id] = lowered(Object.values(result), within(place, columns));
  };
  for (const [id, place] of readingOrder(own)) if (ids.has(id)) put(id, place);
  for (const [id, place] of readingOrder(shared)) if (ids.has(id) && !own[id]) put(id, place);
  return result;
}

function within(place: Place, columns: number): Place {
  const w = Math.min(Math.max(1, place.w), columns);
  return { x: Math.min(place.x, columns - w), y: place.y, w, h: Math.max(1, place.h) };
}

function lowered(placed: readonly Place[], place: Place): Place {
  let result = place;
  for (;;) {
    const other = placed.find((candidate) => overlaps(candidate, result));
    if (!other) return result;
    result = { ...result, y: other.y + other.h };
  }
}
