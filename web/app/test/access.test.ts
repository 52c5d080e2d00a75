import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { api } from "../src/api/endpoints.ts";
import { ApiError, access } from "../src/api/http.ts";
import type { Session } from "../src/api/session.ts";
import { emptyView } from "../src/boards/merge.ts";
import type { Dashboard } from "../src/boards/model.ts";
import { body, FakeServer, json, REFUSED } from "./fake-server.ts";

const REFRESH = "POST /api/v1/session/refresh";

let server: FakeServer;

beforeEach(() => {
  vi.useFakeTimers();
  access.forget();
  server = new FakeServer();
});

afterEach(() => {
  access.forget();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** Whoever sends this token may; whoever sends another is refused. */
function accepts(token: string): void {
  server.routes["GET /api/v1/dashboards"] = ({ headers }) =>
    headers["authorization"] === `Bearer ${token}` ? json({ dashboards: [] }) : json(REFUSED, 401);
}

const refreshes = () => server.to("POST", "/api/v1/session/refresh");

test("requests that are refused together ask for one new token, and are sent once more with it", async () => {
  access.hold(body({}, "old"));
  accepts("new");
  server.routes[REFRESH] = () => json(body({}, "new"));
  await Promise.all([api.dashboards(), api.dashboards(), api.dashboards()]);
  expect(refreshes()).toHaveLength(1);
  expect(refreshes()[0]?.headers).toMatchObject({ "x-tideboard": "1" });
  expect(refreshes()[0]?.headers).not.toHaveProperty("authorization");
  const sent = server.to("GET", "/api/v1/dashboards").map(({ headers }) => headers["authorization"]);
  expect(sent.sort()).toEqual([...Array(3).fill("Bearer new"), ...Array(3).fill("Bearer old")]);
});

test("without a token one is asked for first, and what is refused twice stays refused", async () => {
  server.routes[REFRESH] = () => json(body({}, "new"));
  server.routes["GET /api/v1/dashboards"] = () => json(REFUSED, 401);
  await expect(api.dashboards()).rejects.toThrow(ApiError);
  expect(server.calls.map(({ path }) => path)).toEqual([
    "/api/v1/session/refresh",
    "/api/v1/dashboards",
    "/api/v1/session/refresh",
    "/api/v1/dashboards",
  ]);
});

test("a token is renewed before it expires, and again when that could not be", async () => {
  let fails = false;
  server.routes[REFRESH] = () => (fails ? json(undefined, 503) : json(body({}, `t${refreshes().length}`)));
  const heard: Session[] = [];
  const leave = access.subscribe({ renewed: (session) => heard.push(session), ended: () => {} });
  access.hold(body({}, "t0"));
  await vi.advanceTimersByTimeAsync(539_000);
  expect(refreshes()).toHaveLength(0);
  await vi.advanceTimersByTimeAsync(1_000);
  expect([refreshes().length, access.held, heard.length]).toEqual([1, "t1", 1]);
  fails = true;
  await vi.advanceTimersByTimeAsync(540_000);
  fails = false;
  await vi.advanceTimersByTimeAsync(15_000);
  expect([refreshes().length, access.held]).toEqual([3, "t3"]);
  leave();
});

test("whoever is signed out elsewhere is told so once, and the token is gone", async () => {
  const ended = vi.fn();
  const leave = access.subscribe({ renewed: () => {}, ended });
  access.hold(body({}, "old"));
  accepts("new");
  await expect(Promise.all([api.dashboards(), api.dashboards()])).rejects.toMatchObject({ status: 401 });
  await expect(api.dashboards()).rejects.toMatchObject({ status: 401 });
  expect([ended.mock.calls.length, access.held]).toEqual([1, null]);
  leave();
});

test("a server that does not answer signs nobody out", async () => {
  const ended = vi.fn();
  const leave = access.subscribe({ renewed: () => {}, ended });
  access.hold(body({}, "old"));
  accepts("new");
  server.routes[REFRESH] = () => Promise.reject(new TypeError("no network"));
  await expect(api.dashboards()).rejects.toMatchObject({ status: 0 });
  expect([ended.mock.calls.length, access.held]).toEqual([0, "old"]);
  leave();
});

test("the last save of a page is sent at once, with the token as it is", () => {
  access.hold(body({}, "old"));
  const dashboard = { id: "shop", revision: 1, widgets: [], layouts: {} } as unknown as Dashboard;
  api.savePersonalView("shop", 0, emptyView(dashboard), true).catch(() => {});
  expect(server.calls.map(({ method, headers }) => [method, headers["authorization"]])).toEqual([
    ["PUT", "Bearer old"],
  ]);
});
