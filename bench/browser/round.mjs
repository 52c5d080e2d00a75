import { setTimeout as pause } from "node:timers/promises";
import { Probe } from "./probe.mjs";
import { startTicking } from "./ticker.mjs";
import { tickBefore } from "./wave.mjs";

/** How long a page runs before it is measured: code is compiled for speed once it has been used for a while. */
const WARM_UP_MS = 5_000;

/**
 * One contestant's turn: a new page, its warm-up, and so many seconds of measuring.
 *
 * @param {import("./contestants.mjs").Contestant} contestant
 * @param {import("playwright-core").CDPSession} browser
 * @param {number} seconds
 * @param {import("./samples.mjs").Samples} samples
 */
export async function measureRound(contestant, browser, seconds, samples) {
  await contestant.fillIn(tickBefore(Date.now()));
  const stop = startTicking(contestant.tick);
  const page = await contestant.open();
  try {
    const probe = await Probe.of(page, browser);
    await pause(WARM_UP_MS);
    const seenBefore = await probe.observed();
    const before = await probe.spent();
    await pause(seconds * 1_000);
    const seen = await probe.observed();
    const after = await probe.spent();
    await stop();
    const passed = (after.at - before.at) / 1_000;
    const redraws = seen.redraws - seenBefore.redraws;
    const add = (/** @type {string} */ measure, /** @type {string} */ unit, /** @type {number} */ run) =>
      samples.add(contestant.name, measure, unit, run);
    add("main thread per redraw", "ms", (after.task - before.task) / redraws);
    add("main thread per second", "ms", (after.task - before.task) / passed);
    add("script per second", "ms", (after.script - before.script) / passed);
    add("layout and style per second", "ms", (after.layout - before.layout) / passed);
    add("all of the browser per second", "ms", (after.browser - before.browser) / passed);
    add("redraws per second", "1/s", redraws / passed);
    add("tasks over 50 ms", "", seen.longTasks - seenBefore.longTasks);
    add("heap after collection", "MiB", await probe.heapMib());
  } finally {
    await stop();
    await page.close();
  }
}
