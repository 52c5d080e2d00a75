import { describe, expect, it } from "vitest";
import { backoffMs } from "./backoff.ts";
import { Credit } from "./credit.ts";
import { Latency } from "./latency.ts";
import { ServerClock } from "./server-clock.ts";

describe("credit", () => {
  it("is granted eight ahead, every four frames", () => {
    const credit = new Credit(8);
    const grants = Array.from({ length: 13 }, (_, index) => credit.applied(index + 1, false));
    expect(grants).toEqual([null, null, null, 12, null, null, null, 16, null, null, null, 20, null]);
  });

  it("is not granted to a hidden page, and at once to one that is shown again", () => {
    const credit = new Credit(8);
    for (let seq = 1; seq <= 8; seq += 1) expect(credit.applied(seq, true)).toBeNull();
    expect(credit.shown()).toBe(16);
    expect(credit.shown()).toBeNull();
  });
});

describe("the time before another attempt", () => {
  it("doubles from a quarter of a second to ten seconds, and is spread over all of it", () => {
    expect([0, 1, 2, 3, 6, 7, 60].map((failures) => backoffMs(failures, 1))).toEqual([
      250, 250, 500, 1_000, 8_000, 10_000, 10_000,
    ]);
    expect(backoffMs(7, 0)).toBe(0);
  });
});

describe("the server's clock", () => {
  it("is known best by the shortest round trip of the last five", () => {
    const clock = new ServerClock();
    clock.hello(5_000, 1_000);
    expect([clock.offsetMs, clock.rttMs]).toEqual([4_000, null]);
    clock.answered(1_000, 5_900, 1_800);
    expect([clock.offsetMs, clock.rttMs]).toEqual([4_500, 800]);
    clock.answered(2_000, 6_020, 2_020);
    expect([clock.offsetMs, clock.rttMs]).toEqual([4_010, 20]);
    for (let at = 3_000; at < 8_000; at += 1_000) clock.answered(at, at + 4_200, at + 200);
    expect([clock.offsetMs, clock.rttMs]).toEqual([4_100, 200]);
  });

  it("is the new server's after another connection, as soon as that is measured or the old one cannot be", () => {
    const clock = new ServerClock();
    clock.answered(1_000, 5_010, 1_020);
    clock.hello(6_100, 2_000);
    expect([clock.offsetMs, clock.rttMs], "not yet measured").toEqual([4_000, 20]);
    clock.answered(2_000, 6_150, 2_100);
    expect([clock.offsetMs, clock.rttMs], "though the way is longer").toEqual([4_100, 100]);
    clock.hello(99_000, 3_000);
    expect([clock.offsetMs, clock.rttMs]).toEqual([96_000, null]);
  });

  it("notices that a clock was set, and ignores an exchange across it", () => {
    const clock = new ServerClock();
    clock.answered(1_000, 5_010, 1_020);
    clock.answered(2_000, 6_000, 1_500);
    expect(clock.rttMs).toBe(20);
    expect(clock.plausible(9_000, 5_010)).toBe(true);
    expect(clock.plausible(9_000, 4_000)).toBe(false);
    expect(clock.plausible(9_000, 3_605_000)).toBe(false);
  });
});

describe("latency", () => {
  it("is an exponential average, published at most twice a second", () => {
    const latency = new Latency();
    latency.applied(1_000, 0);
    expect(latency.painted(1_010, 0)).toBe(true);
    expect(latency.ms).toBe(10);
    latency.applied(2_000, 480);
    expect(latency.painted(2_020, 499)).toBe(false);
    expect(latency.ms).toBe(10);
    expect(latency.painted(2_020, 500)).toBe(true);
    expect(latency.ms).toBe(12);
  });

  it("waits for a paint only now and then, and leaves out what came in between", () => {
    const latency = new Latency();
    expect(latency.waits).toBe(false);
    latency.applied(1_000, 1_002);
    expect(latency.waits).toBe(true);
    latency.painted(1_010, 1_010);
    latency.applied(1_100, 1_102);
    expect(latency.waits).toBe(false);
    latency.applied(1_258, 1_260);
    expect(latency.waits).toBe(true);
    latency.painted(1_268, 1_268);
    expect(latency.waits).toBe(false);
    latency.painted(9_000, 9_000);
    expect(latency.ms).toBe(10);
  });

  it("does not count what was skipped, nor negative times", () => {
    const latency = new Latency();
    latency.applied(0, 0);
    latency.skip();
    expect(latency.painted(90_000, 0)).toBe(false);
    latency.applied(1_000, 0);
    latency.painted(900, 0);
    expect(latency.ms).toBe(0);
  });
});
