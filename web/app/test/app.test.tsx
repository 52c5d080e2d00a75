import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import type { ConnectionState } from "@tideboard/client";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { access } from "../src/api/http.ts";
import { createQueryClient } from "../src/api/queries.ts";
import { isComplete, suggest, widgetOf } from "../src/edit/draft-widget.ts";
import { Changes } from "../src/live/changes.ts";
import { createLiveClient } from "../src/live/client.ts";
import { describe as describeEvent } from "../src/pages/connect.tsx";
import { takeToken, tokenIn } from "../src/pages/entrance/token.ts";
import { snippets } from "../src/pages/snippets.ts";
import { App } from "../src/shell/app.tsx";
import { calmMs } from "../src/shell/calm-connection.ts";
import { describe } from "../src/shell/connection-pill.tsx";
import { resumeText } from "../src/shell/resume-note.ts";
import { body, FakeServer, json, REFUSED } from "./fake-server.ts";

let server: FakeServer;

beforeEach(() => {
  access.forget();
  server = new FakeServer();
});

afterEach(() => {
  cleanup();
});

// Not after each: what a page still asks when it goes away must not leave the machine.
afterAll(() => {
  vi.unstubAllGlobals();
});

function open(path: string): void {
  window.history.replaceState(null, "", path);
  const client = createLiveClient();
  render(<App client={client} queries={createQueryClient()} changes={new Changes(client, () => 0)} />);
}

test("whoever is not signed in lands on the sign-in page", async () => {
  open("/d/shop");
  expect(await screen.findByRole("heading", { name: "Sign in" })).toBeTruthy();
  expect(window.location.pathname).toBe("/sign-in");
});

test("the token leaves the address bar at once, is sent once, and leads to the dashboards", async () => {
  server.routes["POST /api/v1/session"] = () => json(body());
  open("/sign-in#token=tbo_secret");
  await waitFor(() => expect(server.to("POST", "/api/v1/session")).toHaveLength(1));
  expect(window.location.hash).toBe("");
  const signIns = server.to("POST", "/api/v1/session");
  expect(signIns[0]).toMatchObject({
    body: { token: "tbo_secret" },
    headers: { "content-type": "application/json", "x-tideboard": "1" },
  });
  await waitFor(() => expect(window.location.pathname).toBe("/dashboards"));
  expect(server.to("POST", "/api/v1/session")).toHaveLength(1);
  expect(server.to("GET", "/api/v1/dashboards")[0]?.headers).toMatchObject({ authorization: "Bearer t1" });
});

test("a refused token is explained, and another can be pasted", async () => {
  server.routes["POST /api/v1/session"] = () => json(REFUSED, 401);
  open("/sign-in#token=tbo_old");
  expect((await screen.findByRole("alert")).textContent).toContain("used before");
  server.routes["POST /api/v1/session"] = () => json(body());
  fireEvent.change(screen.getByRole("textbox"), { target: { value: "http://host/sign-in#token=tbo_new" } });
  fireEvent.click(screen.getByRole("button", { name: "Sign in" }));
  await waitFor(() =>
    expect(server.to("POST", "/api/v1/session").map((call) => call.body)).toContainEqual({
      token: "tbo_new",
    }),
  );
  await waitFor(() => expect(window.location.pathname).toBe("/dashboards"));
});

test.each([
  ["tbo_abc", "tbo_abc"],
  ["  tbo_abc\n", "tbo_abc"],
  ["http://127.0.0.1:8433/sign-in#token=tbo_abc", "tbo_abc"],
  ["#token=a%2Bb", "a+b"],
  ["#token=%E0%A4%A", "%E0%A4%A"],
])("the token in %j is %s", (text, expected) => {
  expect(tokenIn(text)).toBe(expected);
});

test("an address without a token is left as it is", () => {
  window.history.replaceState(null, "", "/sign-in#other");
  expect(takeToken(window.location, window.history)).toBeNull();
  expect(window.location.hash).toBe("#other");
});

const live = (latencyMs: number | null, transport: "websocket" | "polling" = "websocket"): ConnectionState => ({
  kind: "live",
  since: 0,
  transport,
  staleSince: null,
  latencyMs,
  rttMs: null,
});

test("the pill says how live the page is", () => {
  expect(describe(live(12.4)).label).toBe("12 ms");
  expect(describe(live(null)).label).toBe("live");
  expect(describe(live(0.2)).label).toBe("1 ms");
  expect(describe(live(80, "polling")).label).toBe("80 ms · polling");
  const waiting = describe({ kind: "waiting", attempt: 1, since: 7, retryAt: 0, problem: null });
  expect(waiting).toMatchObject({ label: "reconnecting…", since: 7, tone: "bad" });
  expect(describe({ kind: "connecting", attempt: 1, since: 0, again: false }).label).toBe("connecting…");
  const again = describe({ kind: "connecting", attempt: 1, since: 0, again: true });
  expect(again, "a first attempt after a cut is no first connection").toMatchObject({
    label: "reconnecting…",
    tone: "bad",
  });
});

test("the pill says since when the server is cut off from its events", () => {
  const stale = describe({ ...live(12), staleSince: 7 } as ConnectionState);
  expect(stale).toMatchObject({ label: "stale", since: 7, tone: "bad", why: expect.stringContaining("cut off") });
});

test("the pill tells of cuts that last, and leaves out blips", () => {
  const shown = live(12);
  const stale = { ...live(12), staleSince: 10_000 } as ConnectionState;
  const cut: ConnectionState = { kind: "waiting", attempt: 1, since: 10_000, retryAt: 0, problem: null };
  for (const next of [stale, cut, { kind: "connecting", attempt: 1, since: 10_000, again: true } as const]) {
    expect(calmMs(shown, 0, next, 10_200)).toBe(800);
    expect(calmMs(shown, 0, next, 11_000)).toBe(0);
    expect(calmMs(next, 11_000, shown, 11_001), "what is over is over").toBe(0);
  }
  expect(calmMs(shown, 10_000, live(13), 10_300), "numbers change once a second").toBe(700);
  expect(calmMs({ kind: "idle" }, 0, { kind: "connecting", attempt: 1, since: 10_000, again: false }, 10_000)).toBe(0);
});

test("coming back is told with what was missed, and a short cut not at all", () => {
  const summary = { at: 0, awayMs: 12_000, changes: 1204, replaced: 0, reasons: [] };
  expect(resumeText(summary)).toBe(`Caught up: ${(1204).toLocaleString()} changes missed for 12 s, none lost`);
  expect(resumeText({ ...summary, awayMs: 600 })).toBeNull();
  expect(resumeText({ ...summary, replaced: 2, reasons: ["smaller"] })).toContain("2 widgets loaded anew, none lost");
  const lost = { ...summary, replaced: 2, reasons: ["epoch"] } as const;
  expect(resumeText(lost)).toMatch(/^Back after 12 s. The server lost its earlier events/);
  const short = { ...lost, awayMs: 600, reasons: ["ahead"] } as const;
  expect(resumeText(short), "a loss is told, however short the cut").toMatch(/^The server lost some of its latest/);
});

test("an event reads as people write it", () => {
  const event = { sequence: 1, skipped: 0, time: 0, tags: { room: "kitchen" }, fields: { value: 21.4 } };
  expect(describeEvent("temperature", event)).toBe("temperature{room=kitchen} = 21.4");
  expect(describeEvent("door", { ...event, tags: {}, fields: { open: true, by: "ana" } })).toBe(
    "door = open true, by ana",
  );
});

test("every snippet holds the address, the stream and the key", () => {
  for (const { code } of snippets("https://board.example", "orders", "tb_key")) {
    expect(code).toContain("https://board.example/api/");
    expect(code).toContain("orders");
    expect(code).toContain("tb_key");
  }
});

const DRAFT = {
  stream: "",
  kind: "number",
  fn: "avg",
  field: "",
  groupBy: "",
  rangeMs: 60_000,
  unit: "none",
  title: "",
  text: "",
} as const;
const STREAM = {
  name: "temperature",
  events: 3,
  fields: { note: "string", value: "number" },
  tags: ["room"],
  lastAccepted: null,
} as const;

test("a stream suggests a widget that shows something", () => {
  expect(isComplete(DRAFT)).toBe(false);
  const number = suggest(STREAM, "number", DRAFT);
  expect(widgetOf(number, "x")).toMatchObject({
    kind: "number",
    queries: {
      main: {
        stream: "temperature",
        shape: "table",
        measures: [{ fn: "avg", field: "value" }],
        range: { last: 60_000 },
      },
      spark: { shape: "series" },
    },
  });
  expect(widgetOf(suggest(STREAM, "timeseries", DRAFT), "x").queries.main).toMatchObject({
    shape: "series",
    groupBy: ["room"],
  });
  expect(widgetOf(suggest(STREAM, "feed", DRAFT), "x").queries.main).toEqual({
    stream: "temperature",
    shape: "feed",
    limit: 50,
  });
});

test("a stream without numbers is counted", () => {
  const draft = suggest({ ...STREAM, fields: { note: "string" } }, "timeseries", DRAFT);
  expect(widgetOf(draft, "x").queries.main?.measures).toEqual([{ fn: "rate" }]);
});
