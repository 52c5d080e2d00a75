import { beforeEach, expect, test } from "vitest";
import { Scheduler } from "../src/scheduler/scheduler.ts";

let frames: (() => void)[];
let timers: { at: number; fire: () => void }[];
let now: number;
let hidden: boolean;
let reported: unknown[];
let scheduler: Scheduler;

beforeEach(() => {
  frames = [];
  timers = [];
  now = 0;
  hidden = false;
  reported = [];
  scheduler = new Scheduler({
    requestFrame: (callback) => frames.push(() => callback(now)),
    cancelFrame: () => {
      frames = [];
    },
    setTimer: (fire, delay) => timers.push({ at: now + delay, fire }),
    clearTimer: () => {
      timers = [];
    },
    now: () => now,
    isHidden: () => hidden,
    report: (error) => reported.push(error),
  });
});

function frame(): void {
  const due = frames;
  frames = [];
  for (const run of due) run();
}

function drawing(costMs = 0, again?: number) {
  const drawn = { count: 0 };
  const handle = scheduler.add({
    draw: () => {
      drawn.count += 1;
      now += costMs;
      return again;
    },
  });
  return { drawn, handle };
}

test("many changes before a frame are drawn once", () => {
  const { drawn, handle } = drawing();
  frame();
  handle.invalidate();
  handle.invalidate();
  handle.invalidate();
  expect(frames).toHaveLength(1);
  frame();
  expect(drawn.count).toBe(2);
});

test("without changes no frame is asked for", () => {
  drawing();
  frame();
  expect(frames).toHaveLength(0);
  expect(timers).toHaveLength(0);
});

test("what does not fit the budget comes first in the next frame", () => {
  const slow = [drawing(5), drawing(5), drawing(5)];
  frame();
  expect(slow.map(({ drawn }) => drawn.count)).toEqual([1, 1, 0]);
  slow[0]?.handle.invalidate();
  frame();
  expect(slow.map(({ drawn }) => drawn.count)).toEqual([2, 1, 1]);
});

test("off screen a drawing only becomes stale, and is drawn when it comes into sight", () => {
  const { drawn, handle } = drawing();
  frame();
  handle.setVisible(false);
  handle.invalidate();
  frame();
  expect(drawn.count).toBe(1);
  handle.setVisible(true);
  frame();
  expect(drawn.count).toBe(2);
});

test("in a hidden tab nothing is queued, and one picture is drawn on return", () => {
  const { drawn, handle } = drawing();
  frame();
  hidden = true;
  scheduler.visibilityChanged();
  for (let change = 0; change < 100; change += 1) handle.invalidate();
  expect(frames).toHaveLength(0);
  hidden = false;
  scheduler.visibilityChanged();
  frame();
  expect(drawn.count).toBe(2);
});

test("a picture that ages by itself is drawn again when it is due, not before", () => {
  const { drawn } = drawing(0, 200);
  frame();
  expect(timers.map(({ at }) => at)).toEqual([200]);
  expect(frames).toHaveLength(0);
  now = 200;
  timers.shift()?.fire();
  frame();
  expect(drawn.count).toBe(2);
});

test("a picture that was drawn meanwhile is due later, and no frame is asked for before", () => {
  const { drawn, handle } = drawing(0, 200);
  frame();
  now = 150;
  handle.invalidate();
  frame();
  now = 200;
  timers.shift()?.fire();
  expect(frames).toHaveLength(0);
  expect(timers.map(({ at }) => at)).toEqual([350]);
  now = 350;
  timers.shift()?.fire();
  frame();
  expect(drawn.count).toBe(3);
});

test("one that cannot draw does not stop the others, and is reported", () => {
  scheduler.add({
    draw: () => {
      throw new Error("no");
    },
  });
  const { drawn } = drawing();
  frame();
  expect(drawn.count).toBe(1);
  expect(reported).toHaveLength(1);
});

test("whoever measures is told once everything visible is current", () => {
  let told = 0;
  scheduler.onCurrent(() => {
    told += 1;
  });
  drawing(9);
  drawing(9);
  frame();
  expect(told).toBe(0);
  frame();
  expect(told).toBe(1);
});

test("a disposed drawing is never drawn again", () => {
  const { drawn, handle } = drawing();
  handle.dispose();
  frame();
  expect(drawn.count).toBe(0);
});
