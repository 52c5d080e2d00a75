import { overlaps, readingOrder, sameLayout, samePlace, shownLayout } from "./layout.ts";
import { merge } from "./merge.ts";
import {
  BREAKPOINTS,
  type Breakpoint,
  COLUMNS,
  type Dashboard,
  type Layout,
  type PersonalView,
  type Place,
  type Widget,
} from "./model.ts";

/** What is shown at a breakpoint. */
export function shown(shared: Dashboard, view: PersonalView, breakpoint: Breakpoint): Layout {
  const dashboard = merge(shared, view);
  return shownLayout(
    dashboard.layouts,
    dashboard.widgets.map((widget) => widget.id),
    breakpoint,
  );
}

/**
 * Puts widgets where someone arranged them, at one breakpoint only. What stands where the shared dashboard has it is
 * not noted, so that it goes on following.
 */
export function arrange(shared: Dashboard, view: PersonalView, breakpoint: Breakpoint, layout: Layout): PersonalView {
  const withLayout = (own: Layout): PersonalView => ({ ...view, layouts: { ...view.layouts, [breakpoint]: own } });
  const base = shared.layouts[breakpoint] ?? {};
  const moved = Object.fromEntries(Object.entries(layout).filter(([id, place]) => !samePlace(base[id], place)));
  const sparse = withLayout(moved);
  // Among floating or missing places the difference alone may come out elsewhere: then all of them are noted.
  return sameLayout(shown(shared, sparse, breakpoint), layout) ? sparse : withLayout(layout);
}

/** Takes a widget out of the user's view. */
export function removeWidget(shared: Dashboard, view: PersonalView, id: string): PersonalView {
  const isShared = shared.widgets.some((widget) => widget.id === id);
  const without = (layout: Layout): Layout =>
    Object.fromEntries(Object.entries(layout).filter(([other]) => other !== id));
  return {
    ...view,
    hidden: isShared ? [...view.hidden.filter((other) => other !== id), id].sort() : view.hidden,
    added: view.added.filter((widget) => widget.id !== id),
    layouts: {
      wide: without(view.layouts.wide),
      tablet: without(view.layouts.tablet),
      phone: without(view.layouts.phone),
    },
  };
}

/** Adds a widget in the first place that is large enough. */
export function addWidget(
  shared: Dashboard,
  view: PersonalView,
  widget: Widget,
  size: { readonly w: number; readonly h: number },
): PersonalView {
  const wide = shown(shared, view, "wide");
  const place = firstFree(Object.values(wide), Math.min(size.w, COLUMNS.wide), size.h);
  return {
    ...view,
    added: [...view.added, widget],
    layouts: { ...view.layouts, wide: { ...view.layouts.wide, [widget.id]: place } },
  };
}

function firstFree(placed: readonly Place[], w: number, h: number): Place {
  const rows = [0, ...placed.map((place) => place.y + place.h)].sort((a, b) => a - b);
  for (const y of rows) {
    for (let x = 0; x <= COLUMNS.wide - w; x += 1) {
      const place = { x, y, w, h };
      if (!placed.some((other) => overlaps(other, place))) return place;
    }
  }
  return { x: 0, y: rows.at(-1) ?? 0, w, h };
}

/** Applies to `theirs` what was changed from `base` to `mine`, for when a view was saved elsewhere meanwhile. */
export function rebase(base: PersonalView, mine: PersonalView, theirs: PersonalView): PersonalView {
  const ids = (view: PersonalView) => new Set(view.added.map((widget) => widget.id));
  const [before, now] = [ids(base), ids(mine)];
  const added = [
    ...theirs.added.filter((widget) => now.has(widget.id) || !before.has(widget.id)),
    ...mine.added.filter((widget) => !before.has(widget.id) && !ids(theirs).has(widget.id)),
  ];
  const hidden = new Set(theirs.hidden);
  for (const id of mine.hidden) if (!base.hidden.includes(id)) hidden.add(id);
  for (const id of base.hidden) if (!mine.hidden.includes(id)) hidden.delete(id);
  const layouts = Object.fromEntries(
    BREAKPOINTS.map((breakpoint) => [
      breakpoint,
      rebaseLayout(base.layouts[breakpoint], mine.layouts[breakpoint], theirs.layouts[breakpoint]),
    ]),
  ) as Record<Breakpoint, Layout>;
  return { ...theirs, hidden: [...hidden].sort(), added, layouts: separated(layouts) };
}

function rebaseLayout(base: Layout, mine: Layout, theirs: Layout): Layout {
  const result: Record<string, Place> = { ...theirs };
  for (const [id, place] of Object.entries(mine)) if (!samePlace(base[id], place)) result[id] = place;
  for (const id of Object.keys(base)) if (!mine[id]) delete result[id];
  return result;
}

/** Two people's places may overlap; whatever comes later in reading order moves down. */
function separated(layouts: Record<Breakpoint, Layout>): Record<Breakpoint, Layout> {
  const apart = (layout: Layout): Layout => {
    const placed: [string, Place][] = [];
    for (const [id, place] of readingOrder(layout)) {
      let free = place;
      for (;;) {
        const other = placed.find(([, candidate]) => overlaps(candidate, free));
        if (!other) break;
        free = { ...free, y: other[1].y + other[1].h };
      }
      placed.push([id, free]);
    }
    return Object.fromEntries(placed);
  };
  return { wide: apart(layouts.wide), tablet: apart(layouts.tablet), phone: apart(layouts.phone) };
}
