import type { ConnectionState, Problem } from "@tideboard/client";
import { expect, test } from "vitest";
import { arrivalMark, Rhythm } from "../src/state/freshness.ts";
import { sameState, widgetState } from "../src/state/widget-state.ts";
import { event, feed, group, LIVE, series } from "./fake-client.ts";

const PROBLEM: Problem = { code: "not_found", title: "Not found", detail: "There is no such stream.", retry: "never" };
const CUT: ConnectionState = { kind: "waiting", attempt: 1, since: 10_000, retryAt: 0, problem: null };
const FRESH = { kind: "fresh" } as const;

test("without a view, or before its first data, a widget is loading", () => {
  expect(widgetState(null, true, LIVE, FRESH, 0)).toEqual({ kind: "loading" });
  expect(widgetState({ state: { kind: "loading" } }, true, LIVE, FRESH, 0)).toEqual({ kind: "loading" });
});

test("a short cut is not shown, a longer one says since when", () => {
  const view = { state: { kind: "live" } } as const;
  expect(widgetState(view, false, CUT, FRESH, 10_500).kind).toBe("live");
  expect(widgetState(view, false, CUT, FRESH, 12_000)).toEqual({ kind: "disconnected", since: 10_000 });
});

test("a server that is cut off from the events for long counts as a cut, and a blip does not", () => {
  const view = { state: { kind: "live" } } as const;
  const stale: ConnectionState = { ...LIVE, staleSince: 10_000 };
  expect(widgetState(view, false, stale, { kind: "late", ageMs: 900 }, 10_900).kind).toBe("live");
  expect(widgetState(view, false, stale, FRESH, 12_000)).toEqual({ kind: "disconnected", since: 10_000 });
});

test("a failed view keeps its picture if it had one", () => {
  const view = { state: { kind: "failed", problem: PROBLEM, retrying: false } } as const;
  expect(widgetState(view, false, LIVE, FRESH, 0)).toMatchObject({ kind: "error", kept: true });
  expect(widgetState(view, true, LIVE, FRESH, 0)).toMatchObject({ kind: "error", kept: false });
});

test("a live view without data is empty", () => {
  expect(widgetState({ state: { kind: "live" } }, true, LIVE, FRESH, 0)).toEqual({ kind: "empty" });
});

test("a steady source that stops is late after three of its intervals", () => {
  const rhythm = new Rhythm();
  for (let at = 0; at <= 10_000; at += 1000) rhythm.arrived(at);
  expect(rhythm.judge(12_500).kind).toBe("fresh");
  expect(rhythm.judge(13_500)).toEqual({ kind: "late", ageMs: 3500 });
});

test("a fast source is given two seconds before it is late", () => {
  const rhythm = new Rhythm();
  for (let at = 0; at <= 1000; at += 50) rhythm.arrived(at);
  expect(rhythm.judge(2500).kind).toBe("fresh");
  expect(rhythm.judge(3200).kind).toBe("late");
});

test("a source without a rhythm is idle, never late", () => {
  const rhythm = new Rhythm();
  for (const at of [0, 100, 9000, 9100, 40_000, 40_100, 90_000]) rhythm.arrived(at);
  expect(rhythm.judge(95_000).kind).toBe("fresh");
  expect(rhythm.judge(200_000)).toEqual({ kind: "idle", ageMs: 110_000 });
});

test("a cut does not make a source look late", () => {
  const rhythm = new Rhythm();
  for (let at = 0; at <= 5000; at += 500) rhythm.arrived(at);
  rhythm.interrupted();
  expect(rhythm.judge(60_000).kind).toBe("fresh");
});

test("a window that moves on is no arrival, a new bucket and a new value are", () => {
  const before = arrivalMark(
    series([
      group("a", [
        [1000, 1],
        [2000, 2],
      ]),
    ]),
  );
  expect(arrivalMark(series([group("a", [[2000, 2]])]))).toBe(before);
  expect(arrivalMark(series([group("a", [[2000, 3]])]))).not.toBe(before);
  expect(arrivalMark(series([group("a", [[3000, 2]])]))).not.toBe(before);
  expect(arrivalMark(feed([event(7, "x")]))).toBe(7);
});

test("ages within one second look the same", () => {
  expect(sameState({ kind: "late", ageMs: 3100 }, { kind: "late", ageMs: 3900 })).toBe(true);
  expect(sameState({ kind: "late", ageMs: 3100 }, { kind: "late", ageMs: 4100 })).toBe(false);
  expect(sameState({ kind: "late", ageMs: 3100 }, { kind: "idle", ageMs: 3100 })).toBe(false);
});
