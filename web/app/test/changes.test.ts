import type { Changed, Client, ConnectionState } from "@tideboard/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { DashboardAnswer } from "../src/api/endpoints.ts";
import { access } from "../src/api/http.ts";
import { arrange, removeWidget } from "../src/boards/edits.ts";
import { emptyView } from "../src/boards/merge.ts";
import type { Dashboard, Layout, PersonalView, Place, Widget } from "../src/boards/model.ts";
import { Board } from "../src/boards/store.ts";
import { Changes, isOutdated, type Outdated } from "../src/live/changes.ts";
import { body } from "./fake-server.ts";

const widget = (id: string): Widget => ({ id, kind: "text", title: id, queries: {}, options: {} });
const at = (x: number, y: number, w: number, h: number): Place => ({ x, y, w, h });
const WIDE: Layout = { a: at(0, 0, 6, 4), b: at(6, 0, 6, 4), c: at(12, 0, 6, 4) };
const SHARED: Dashboard = {
  id: "shop",
  title: "Shop",
  revision: 3,
  widgets: ["a", "b", "c"].map(widget),
  layouts: { wide: WIDE },
};
const swapped = (view: PersonalView) =>
  arrange(SHARED, view, "wide", { ...WIDE, a: at(6, 0, 6, 4), b: at(0, 0, 6, 4) });

let requests: { method: string; body: unknown }[];
let answers: (Response | Promise<Response>)[];

beforeEach(() => {
  vi.useFakeTimers();
  access.hold({ ...body(), expiresInSeconds: 86_400 });
  requests = [];
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
const answer = (shared: Dashboard, personal: DashboardAnswer["personal"] = null) =>
  json({ dashboard: shared, shared, personal });
const methods = () => requests.map(({ method }) => method);
const passes = () => vi.advanceTimersByTimeAsync(2000);

function board(personal: DashboardAnswer["personal"] = null) {
  const told: string[] = [];
  const made = new Board(
    { dashboard: SHARED, shared: SHARED, personal },
    {
      saved: (rebased) => told.push(rebased ? "rebased" : "saved"),
      failed: (why) => told.push(why),
      changedElsewhere: ({ shared, view, kept }) =>
        told.push(`changed:${shared ? " shared" : ""}${view ? " view" : ""}${kept ? " kept" : ""}`),
      gone: () => told.push("gone"),
    },
  );
  const view = () => made.store.getState().view;
  return { made, told, view };
}

test("a shared dashboard that was changed is shown as it is now, and the draft stays on top of it", async () => {
  const { made, told, view } = board();
  made.edit((shared, current) => removeWidget(shared, current, "a"));
  const newer = { ...SHARED, revision: 4, widgets: [...SHARED.widgets, widget("new")] };
  answers.push(answer(newer), json({ revision: 1 }));
  made.refresh();
  await vi.advanceTimersByTimeAsync(0);
  expect(made.store.getState()).toMatchObject({ shared: newer, view: { hidden: ["a"] }, save: "pending" });
  expect(told).toEqual(["changed: shared kept"]);
  await passes();
  expect(requests[1]).toMatchObject({ method: "PUT", body: { revision: 0, view: { hidden: ["a"], baseRevision: 4 } } });
  expect(view().hidden).toEqual(["a"]);
});

test("a view that was changed in another window is taken over, under what is done here", async () => {
  const { made, told, view } = board();
  made.edit((_, current) => swapped(current));
  const theirs = removeWidget(SHARED, emptyView(SHARED), "c");
  answers.push(answer(SHARED, { revision: 7, view: theirs }), json({ revision: 8 }));
  made.refresh();
  await passes();
  expect(view()).toMatchObject({ hidden: ["c"], layouts: { wide: { a: at(6, 0, 6, 4) } } });
  expect(requests[1]).toMatchObject({ method: "PUT", body: { revision: 7, view: { hidden: ["c"] } } });
  expect(told).toEqual(["changed: view kept", "saved"]);
});

test("taking back after that takes back what was done here, and leaves what others did", async () => {
  const { made, view } = board();
  made.edit((_, current) => swapped(current));
  answers.push(answer(SHARED, { revision: 7, view: removeWidget(SHARED, emptyView(SHARED), "c") }));
  made.refresh();
  await vi.advanceTimersByTimeAsync(0);
  made.undo();
  expect(view()).toMatchObject({ hidden: ["c"], layouts: { wide: {} } });
});

test("one's own save that comes back as a change changes nothing and is not told", async () => {
  const { made, told, view } = board();
  answers.push(json({ revision: 1 }));
  made.edit((shared, current) => removeWidget(shared, current, "a"));
  await passes();
  const saved = view();
  answers.push(answer(SHARED, { revision: 1, view: { ...saved, revision: 1 } }));
  made.refresh();
  await passes();
  expect(view()).toBe(saved);
  expect(told).toEqual(["saved"]);
});

test("a change that is told while a save is under way is asked for after it, and many at once are one request", async () => {
  const { made, told } = board();
  let saved = (_: Response) => {};
  answers.push(
    new Promise((resolve) => {
      saved = resolve;
    }),
  );
  made.edit((shared, current) => removeWidget(shared, current, "a"));
  await passes();
  for (let times = 0; times < 5; times += 1) made.refresh();
  await passes();
  expect(methods()).toEqual(["PUT"]);
  answers.push(answer(SHARED, { revision: 1, view: made.store.getState().view }));
  saved(json({ revision: 1 }));
  await passes();
  expect(methods()).toEqual(["PUT", "GET"]);
  expect(told).toEqual(["saved"]);
});

test("nothing moves under a gesture: what comes meanwhile waits for its end", async () => {
  const { made, view } = board();
  made.hold();
  answers.push(answer(SHARED, { revision: 7, view: removeWidget(SHARED, emptyView(SHARED), "c") }));
  made.refresh();
  await passes();
  expect(view().hidden).toEqual([]);
  made.edit((_, current) => swapped(current));
  made.release();
  await vi.advanceTimersByTimeAsync(0);
  expect(view()).toMatchObject({ hidden: ["c"], layouts: { wide: { a: at(6, 0, 6, 4) } } });
});

test("a newest version that cannot be had is asked for again, and a dashboard that is gone is told", async () => {
  const { made, told } = board();
  answers.push(json({ code: "overloaded", title: "Busy", detail: "Busy.", retry: "after_delay" }, 503));
  made.refresh();
  await vi.advanceTimersByTimeAsync(0);
  answers.push(json({ code: "not_found", title: "Not found", detail: "", retry: "never" }, 404));
  await passes();
  expect(methods()).toEqual(["GET", "GET"]);
  expect(told).toEqual(["gone"]);
  made.close();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(requests).toHaveLength(2);
});

class Wire {
  changed: (changed: Changed) => void = () => {};
  connected: () => void = () => {};
  state: ConnectionState = { kind: "idle" };

  readonly client = {
    onChanged: (listener: (changed: Changed) => void) => {
      this.changed = listener;
      return () => {};
    },
    connection: {
      get: () => this.state,
      subscribe: (listener: () => void) => {
        this.connected = listener;
        return () => {};
      },
    },
  } as unknown as Client;

  live(since: number, latencyMs = 1): void {
    this.state = { kind: "live", since, transport: "websocket", staleSince: null, latencyMs, rttMs: null };
    this.connected();
  }
}

function changes(random = 0.5) {
  const wire = new Wire();
  const made = new Changes(wire.client, () => random);
  const told: Outdated[] = [];
  made.subscribe((outdated) => told.push(outdated));
  return { wire, made, told };
}

test("changes that come together are told together, within half a second", async () => {
  const { wire, told } = changes();
  wire.changed({ all: false, dashboards: ["shop"], views: [] });
  await vi.advanceTimersByTimeAsync(100);
  wire.changed({ all: false, dashboards: ["shop"], views: ["growth"] });
  await vi.advanceTimersByTimeAsync(149);
  expect(told).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(told).toEqual([{ all: false, dashboards: new Set(["shop", "growth"]) }]);
  expect(["shop", "growth", "orders"].map((id) => told[0] && isOutdated(told[0], id))).toEqual([true, true, false]);
  wire.changed({ all: false, dashboards: [], views: [] });
  await passes();
  expect(told, "nothing was changed").toHaveLength(1);
});

test("each new connection makes everything outdated once, however often its numbers change", async () => {
  const { wire, made, told } = changes();
  wire.live(1000);
  wire.live(1000, 2);
  await passes();
  wire.state = { kind: "waiting", attempt: 1, since: 2000, retryAt: 2100, problem: null };
  wire.connected();
  await passes();
  expect(told.map(({ all }) => all)).toEqual([true]);
  wire.live(3000);
  await passes();
  wire.live(3000, 3);
  await passes();
  expect([told.length, made.told]).toEqual([2, 2]);
});
