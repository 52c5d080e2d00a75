import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { DashboardAnswer } from "../src/api/endpoints.ts";
import { access } from "../src/api/http.ts";
import { addWidget, arrange, rebase, removeWidget, shown } from "../src/boards/edits.ts";
import { compact, deriveLayout, overlaps, readingOrder, shownLayout } from "../src/boards/layout.ts";
import { emptyView, isEmptyView, merge } from "../src/boards/merge.ts";
import { breakpointOf, type Dashboard, type Layout, type Place, type Widget } from "../src/boards/model.ts";
import { Board } from "../src/boards/store.ts";
import { moveBy, resizeBy } from "../src/edit/keyboard.ts";
import { body } from "./fake-server.ts";

const widget = (id: string): Widget => ({ id, kind: "text", title: id, queries: {}, options: {} });
const at = (x: number, y: number, w: number, h: number): Place => ({ x, y, w, h });

const WIDE: Layout = { a: at(0, 0, 6, 4), b: at(6, 0, 6, 4), c: at(12, 0, 12, 8), d: at(0, 4, 12, 4) };
const SHARED: Dashboard = {
  id: "shop",
  title: "Shop",
  revision: 3,
  widgets: ["a", "b", "c", "d"].map(widget),
  layouts: { wide: WIDE },
};

function apart(layout: Layout): boolean {
  const places = Object.values(layout);
  return places.every((place, index) => places.slice(index + 1).every((other) => !overlaps(place, other)));
}

test.each([
  [1440, "wide"],
  [1200, "wide"],
  [1199, "tablet"],
  [700, "tablet"],
  [390, "phone"],
] as const)("%d pixels are a %s", (width, expected) => {
  expect(breakpointOf(width)).toBe(expected);
});

test("a narrower layout follows the wide one in reading order, without overlaps", () => {
  for (const columns of [12, 4]) {
    const derived = deriveLayout(WIDE, columns);
    expect(readingOrder(derived).map(([id]) => id)).toEqual(["a", "b", "c", "d"]);
    expect(apart(derived)).toBe(true);
  }
  expect(deriveLayout(WIDE, 4)).toEqual({
    a: at(0, 0, 2, 4),
    b: at(2, 0, 2, 4),
    c: at(0, 4, 4, 8),
    d: at(0, 12, 4, 4),
  });
});

test("what floats moves up", () => {
  expect(compact({ a: at(0, 3, 6, 2), b: at(0, 9, 6, 2) })).toEqual({ a: at(0, 0, 6, 2), b: at(0, 2, 6, 2) });
});

test("a widget without a place stands below the placed ones", () => {
  const layout = shownLayout({ wide: { a: at(0, 0, 24, 4) } }, ["a", "new"], "wide");
  expect(layout.new).toEqual(at(0, 4, 12, 6));
});

test("moving a widget notes only what moved", () => {
  const next = { ...WIDE, a: WIDE.b as Place, b: WIDE.a as Place };
  const view = arrange(SHARED, emptyView(SHARED), "wide", next);
  expect(Object.keys(view.layouts.wide).sort()).toEqual(["a", "b"]);
  expect(shown(SHARED, view, "wide")).toEqual(next);
});

test("putting everything back leaves nothing noted", () => {
  const moved = arrange(SHARED, emptyView(SHARED), "wide", { ...WIDE, a: WIDE.b as Place, b: WIDE.a as Place });
  expect(isEmptyView(arrange(SHARED, moved, "wide", WIDE))).toBe(true);
});

test("arranging the phone changes the phone alone", () => {
  const phone = shown(SHARED, emptyView(SHARED), "phone");
  const next = { ...phone, a: at(0, 0, 4, 4), b: at(0, 4, 4, 4), c: at(0, 8, 4, 8), d: at(0, 16, 4, 4) };
  const view = arrange(SHARED, emptyView(SHARED), "phone", next);
  expect(shown(SHARED, view, "phone")).toEqual(next);
  expect(shown(SHARED, view, "wide")).toEqual(shown(SHARED, emptyView(SHARED), "wide"));
  expect(view.layouts.wide).toEqual({});
});

test("until it is touched the phone follows changes of the desk", () => {
  const view = arrange(SHARED, emptyView(SHARED), "wide", { ...WIDE, a: WIDE.b as Place, b: WIDE.a as Place });
  expect(readingOrder(shown(SHARED, view, "phone")).map(([id]) => id)).toEqual(["b", "a", "c", "d"]);
});

test("a removed widget leaves no hole, and a shared one can come back", () => {
  const view = removeWidget(SHARED, emptyView(SHARED), "a");
  expect(view.hidden).toEqual(["a"]);
  const layout = shown(SHARED, view, "wide");
  expect(layout.a).toBeUndefined();
  expect(layout.d?.y).toBe(4);
  expect(merge(SHARED, emptyView(SHARED)).widgets).toHaveLength(4);
});

test("an added widget takes the first place that is large enough", () => {
  const view = addWidget(SHARED, emptyView(SHARED), widget("e"), { w: 12, h: 4 });
  expect(shown(SHARED, view, "wide").e).toEqual(at(0, 8, 12, 4));
  expect(removeWidget(SHARED, view, "e").added).toEqual([]);
});

test("a change of the shared dashboard comes through where the user moved nothing", () => {
  const view = arrange(SHARED, emptyView(SHARED), "wide", { ...WIDE, a: WIDE.b as Place, b: WIDE.a as Place });
  const changed: Dashboard = { ...SHARED, widgets: [...SHARED.widgets, widget("new")], revision: 4 };
  const merged = merge(changed, view);
  expect(merged.widgets.map(({ id }) => id)).toContain("new");
  expect(shown(changed, view, "wide").a).toEqual(WIDE.b);
});

test("two changes of one view are both kept", () => {
  const base = emptyView(SHARED);
  const mine = arrange(SHARED, base, "wide", { ...WIDE, a: WIDE.b as Place, b: WIDE.a as Place });
  const theirs = removeWidget(SHARED, base, "d");
  const merged = rebase(base, mine, theirs);
  expect(merged.hidden).toEqual(["d"]);
  expect(merged.layouts.wide.a).toEqual(WIDE.b);
  expect(apart(merged.layouts.wide)).toBe(true);
});

test("the keyboard moves past a neighbour and pushes it aside", () => {
  const moved = moveBy(WIDE, "a", "down", 24);
  // The one below cannot rise, since its other half stands under a third.
  expect(moved?.a?.y).toBe(8);
  expect(moved && apart(moved)).toBe(true);
  expect(moveBy(WIDE, "a", "left", 24)).toBeNull();
  expect(moveBy(WIDE, "a", "up", 24)).toBeNull();
  expect(moveBy(WIDE, "a", "right", 24)?.a?.x).toBeGreaterThan(0);
});

test("the keyboard resizes within the grid and the widget's least size", () => {
  const limits = { minW: 4, minH: 3 };
  const wider = resizeBy(WIDE, "a", "right", 24, limits);
  expect(wider?.a?.w).toBe(7);
  expect(wider && apart(wider)).toBe(true);
  expect(resizeBy(WIDE, "c", "right", 24, limits)).toBeNull();
  expect(resizeBy({ a: at(0, 0, 4, 3) }, "a", "left", 24, limits)).toBeNull();
  expect(resizeBy({ a: at(0, 0, 4, 3) }, "a", "up", 24, limits)).toBeNull();
});

const requests: { method: string; body: unknown }[] = [];
let answers: Response[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  access.hold({ ...body(), expiresInSeconds: 86_400 });
  requests.length = 0;
  answers = [];
  vi.stubGlobal("fetch", async (_path: string, init: RequestInit) => {
    requests.push({ method: init.method ?? "GET", body: typeof init.body === "string" ? JSON.parse(init.body) : null });
    const answer = answers.shift();
    if (!answer) throw new TypeError("no answer");
    return answer;
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });
const ANSWER: DashboardAnswer = { dashboard: SHARED, shared: SHARED, personal: null };

function board() {
  const told: string[] = [];
  const made = new Board(ANSWER, {
    saved: (rebased) => told.push(rebased ? "rebased" : "saved"),
    failed: (why) => told.push(why),
    changedElsewhere: ({ shared, view, kept }) =>
      told.push(`changed:${shared ? " shared" : ""}${view ? " view" : ""}${kept ? " kept" : ""}`),
    gone: () => told.push("gone"),
  });
  return { made, told };
}

test("changes are saved together, a moment after the last one", async () => {
  const { made, told } = board();
  answers.push(json({ revision: 1 }));
  made.edit((shared, view) => removeWidget(shared, view, "a"));
  await vi.advanceTimersByTimeAsync(300);
  made.edit((shared, view) => removeWidget(shared, view, "b"));
  await vi.advanceTimersByTimeAsync(2000);
  expect(requests).toHaveLength(1);
  expect(requests[0]).toMatchObject({
    method: "PUT",
    body: { revision: 0, view: { hidden: ["a", "b"], baseRevision: 3 } },
  });
  expect(told).toEqual(["saved"]);
});

test("undo shows the view before and saves it; back at the shared one the view is dropped", async () => {
  const { made } = board();
  answers.push(json({ revision: 1 }), new Response(null, { status: 204 }));
  made.edit((shared, view) => removeWidget(shared, view, "a"));
  await vi.advanceTimersByTimeAsync(2000);
  made.undo();
  expect(made.store.getState().view.hidden).toEqual([]);
  await vi.advanceTimersByTimeAsync(2000);
  expect(requests.map(({ method }) => method)).toEqual(["PUT", "DELETE"]);
});

test("a view that was saved elsewhere meanwhile is fetched, and the change applied to it", async () => {
  const { made, told } = board();
  const theirs = { ...removeWidget(SHARED, emptyView(SHARED), "d"), revision: 5 };
  answers.push(
    json({ code: "conflict", title: "Conflict", detail: "It is at revision 5.", retry: "resync" }, 409),
    json({ dashboard: SHARED, shared: SHARED, personal: { revision: 5, view: theirs } }),
    json({ revision: 6 }),
  );
  made.edit((shared, view) => removeWidget(shared, view, "a"));
  await vi.advanceTimersByTimeAsync(2000);
  expect(requests.map(({ method }) => method)).toEqual(["PUT", "GET", "PUT"]);
  expect(requests[2]?.body).toMatchObject({ revision: 5, view: { hidden: ["a", "d"] } });
  expect(made.store.getState().view.hidden).toEqual(["a", "d"]);
  expect(told).toEqual(["rebased"]);
});

test("what cannot be saved stays on the screen, and the reason is told", async () => {
  const { made, told } = board();
  answers.push(json({ code: "storage_full", title: "Full", detail: "The disk is full.", retry: "after_delay" }, 503));
  made.edit((shared, view) => removeWidget(shared, view, "a"));
  await vi.advanceTimersByTimeAsync(2000);
  expect(told).toEqual(["The disk is full."]);
  expect(made.store.getState()).toMatchObject({ save: "failed", view: { hidden: ["a"] } });
});

test("what waits to be saved is sent when the page goes away", async () => {
  const { made } = board();
  answers.push(json({ revision: 1 }));
  made.edit((shared, view) => removeWidget(shared, view, "a"));
  made.close();
  await vi.advanceTimersByTimeAsync(5000);
  expect(requests).toHaveLength(1);
});
