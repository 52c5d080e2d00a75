import { setTimeout as pause } from "node:timers/promises";
import { Probe } from "./probe.mjs";
import { slope } from "./statistics.mjs";
import { startTicking } from "./ticker.mjs";
import { tickBefore } from "./wave.mjs";

/** How many times each heap is looked at. */
const LOOKS = 60;
/** Part of the time that does not count, since pages still fill. */
const WARM_UP = 0.1;
const LEAST_APART_MS = 2_000;

/**
 * Runs all pages side by side for so long, and says by how much what each holds grows.
 *
 * @param {import("./contestants.mjs").Stage} stage
 * @param {import("playwright-core").CDPSession} browser
 * @param {number} minutes
 * @param {import("./samples.mjs").Samples} samples
 */
export async function soak({ contestants }, browser, minutes, samples) {
  for (const { fillIn } of contestants) await fillIn(tickBefore(Date.now()));
  const stop = startTicking(async (time) => await Promise.all(contestants.map(({ tick }) => tick(time))));
  /** @type {{ name: string, probe: Probe, page: import("playwright-core").Page, points: [number, number][] }[]} */
  const watched = [];
  try {
    for (const { name, open } of contestants) {
      const page = await open();
      watched.push({ name, page, probe: await Probe.of(page, browser), points: [] });
    }
    await pause(minutes * 60_000 * WARM_UP);
    const began = performance.now();
    const lasts = minutes * 60_000 * (1 - WARM_UP);
    while (performance.now() - began < lasts) {
      for (const { probe, points } of watched) {
        points.push([(performance.now() - began) / 3_600_000, await probe.heapMib()]);
      }
      await pause(Math.max(LEAST_APART_MS, lasts / LOOKS));
    }
    for (const { name, points } of watched) samples.add(name, "growth of the heap", "MiB/hour", slope(points));
  } finally {
    await stop();
    for (const { page } of watched) await page.close();
  }
}
