import { setTimeout as pause } from "node:timers/promises";
import { dashboardUrl, seriesQuery, showOnly } from "./tideboard.mjs";

/** Between two events. */
const APART_MS = 200;
/** A frame of a screen with 60 of them a second: events are spread over it, or all would meet the same part of it. */
const FRAME_MS = 1_000 / 60;
/** How long an event may take to be seen. */
const PATIENCE_MS = 5_000;
/** Events before those that count. */
const WARM_UP = 10;
/** How many times clocks are compared. */
const COMPARISONS = 25;
const STREAM = "bench.latency";
/** Values are told apart by their digits, in what the page receives. */
const FIRST_VALUE = 1_000_001;

/** The one widget that is watched; its newest bucket holds the last value as it was sent. */
export const latencyWidget = {
  id: "latency",
  kind: "timeseries",
  title: "Latency",
  queries: { main: seriesQuery(STREAM, "last") },
  options: { legend: "none" },
};

/**
 * When a value came and was painted, in milliseconds since 1970 by the page's clock.
 *
 * @typedef {{ value: number, receivedAt: number, paintedAt: number | null }} Arrival
 */

/**
 * Runs in the page before anything of its own: notes when a value is received, and when the first picture drawn after
 * that has been painted. A message posted while a frame is being drawn arrives after that frame.
 */
function observeArrivals() {
  /** @type {Arrival[]} */
  const arrivals = [];
  Object.defineProperty(window, "arrivals", { value: arrivals });
  const now = () => performance.timeOrigin + performance.now();
  const Native = window.WebSocket;
  window.WebSocket = class extends Native {
    /**
     * @param {string | URL} address
     * @param {string | string[]} [protocols]
     */
    constructor(address, protocols) {
      super(address, protocols);
      this.addEventListener("message", ({ data }) => {
        const value = typeof data === "string" ? /\b(1\d{6})(?:\.0)?\]\]/.exec(data)?.[1] : undefined;
        if (value !== undefined) arrivals.push({ value: Number(value), receivedAt: now(), paintedAt: null });
      });
    }
  };
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }) => {
    const paintedAt = now();
    for (const arrival of arrivals.slice(0, data)) arrival.paintedAt ??= paintedAt;
  };
  const clearRect = CanvasRenderingContext2D.prototype.clearRect;
  CanvasRenderingContext2D.prototype.clearRect = function (x, y, width, height) {
    if (arrivals.at(-1)?.paintedAt === null) port2.postMessage(arrivals.length);
    clearRect.call(this, x, y, width, height);
  };
}

/**
 * Sends single events to a page that shows nothing else, and says how long each took.
 *
 * @param {import("playwright-core").BrowserContext} context signed in
 * @param {import("./tideboard.mjs").Tideboard} server
 * @param {number} count of events
 * @returns {Promise<{ received: number[], painted: number[] }>} milliseconds from the sending of the request
 */
export async function measureLatency(context, server, count) {
  const page = await context.newPage();
  try {
    await page.addInitScript(observeArrivals);
    await page.goto(dashboardUrl(server.url));
    await showOnly(page, server.url, [latencyWidget]);
    await server.send({ stream: STREAM, fields: { value: 1 } });
    await page.reload();
    await page.locator("canvas").first().waitFor();
    const sentAt = [];
    for (let index = 0; index < WARM_UP + count; index += 1) {
      await pause(APART_MS + ((index * 0.618 * FRAME_MS) % FRAME_MS));
      sentAt.push(performance.timeOrigin + performance.now());
      await server.send({ stream: STREAM, fields: { value: FIRST_VALUE + index } });
    }
    await page.waitForFunction(
      (last) => {
        const { arrivals } = /** @type {{ arrivals: Arrival[] }} */ (/** @type {any} */ (window));
        return arrivals.some(({ value, paintedAt }) => value === last && paintedAt !== null);
      },
      FIRST_VALUE + sentAt.length - 1,
      { timeout: PATIENCE_MS },
    );
    const ahead = await clockAhead(page);
    const arrivals = await page.evaluate(
      () => /** @type {{ arrivals: Arrival[] }} */ (/** @type {any} */ (window)).arrivals,
    );
    return tookOf(sentAt, arrivals, ahead);
  } finally {
    await page.close();
  }
}

/**
 * @param {readonly number[]} sentAt
 * @param {readonly Arrival[]} arrivals
 * @param {number} ahead
 */
function tookOf(sentAt, arrivals, ahead) {
  /** @type {number[]} */
  const received = [];
  /** @type {number[]} */
  const painted = [];
  sentAt.forEach((sent, index) => {
    if (index < WARM_UP) return;
    const arrival = arrivals.find(({ value }) => value === FIRST_VALUE + index);
    if (!arrival || arrival.paintedAt === null) throw new Error(`event ${index} was never seen`);
    received.push(arrival.receivedAt - ahead - sent);
    painted.push(arrival.paintedAt - ahead - sent);
  });
  return { received, painted };
}

/**
 * How far the page's clock is ahead of this process's. Both follow the machine's, each from its own start: 0 unless the
 * quickest answers show that they have parted.
 *
 * @param {import("playwright-core").Page} page
 */
async function clockAhead(page) {
  let least = Number.NEGATIVE_INFINITY;
  let most = Number.POSITIVE_INFINITY;
  for (let index = 0; index < COMPARISONS; index += 1) {
    const before = performance.timeOrigin + performance.now();
    const there = await page.evaluate(() => performance.timeOrigin + performance.now());
    const after = performance.timeOrigin + performance.now();
    least = Math.max(least, there - after);
    most = Math.min(most, there - before);
  }
  return least <= 0 && most >= 0 ? 0 : (least + most) / 2;
}
