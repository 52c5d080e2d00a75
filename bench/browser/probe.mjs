/**
 * What a page was seen doing, since it began. Filled in by `observe`.
 *
 * @typedef {object} Observed
 * @property {number} redraws charts drawn, counted once per canvas and frame
 * @property {number} longTasks tasks of more than 50 ms
 */

/**
 * Runs in a page before anything of its own. All three chart libraries clear a canvas before they draw on it, so that is
 * what is counted; all of them draw in animation frames, throughout which the timeline stands still.
 */
export function observe() {
  /** @type {Observed} */
  const observed = { redraws: 0, longTasks: 0 };
  Object.defineProperty(window, "observed", { value: observed });
  const clearRect = CanvasRenderingContext2D.prototype.clearRect;
  const drawnAt = new WeakMap();
  CanvasRenderingContext2D.prototype.clearRect = function (x, y, width, height) {
    const frame = document.timeline.currentTime;
    if (drawnAt.get(this.canvas) !== frame) {
      drawnAt.set(this.canvas, frame);
      observed.redraws += 1;
    }
    clearRect.call(this, x, y, width, height);
  };
  new PerformanceObserver((list) => {
    observed.longTasks += list.getEntries().length;
  }).observe({ type: "longtask" });
}

/**
 * Everything a page and its browser have spent so far, in milliseconds.
 *
 * @typedef {object} Spent
 * @property {number} at by a clock of its own
 * @property {number} task the main thread's processor time
 * @property {number} script
 * @property {number} layout layout and style
 * @property {number} browser the processor time of all processes of the browser
 */

/** Reads what a page costs. */
export class Probe {
  #page;
  #cdp;
  #browser;

  /**
   * @param {import("playwright-core").Page} page
   * @param {import("playwright-core").CDPSession} cdp
   * @param {import("playwright-core").CDPSession} browser
   */
  constructor(page, cdp, browser) {
    this.#page = page;
    this.#cdp = cdp;
    this.#browser = browser;
  }

  /**
   * @param {import("playwright-core").Page} page
   * @param {import("playwright-core").CDPSession} browser
   * @returns {Promise<Probe>}
   */
  static async of(page, browser) {
    const cdp = await page.context().newCDPSession(page);
    // Processor time instead of time that passed: what else the machine does must not count.
    await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
    await cdp.send("HeapProfiler.enable");
    return new Probe(page, cdp, browser);
  }

  /** @returns {Promise<Spent>} */
  async spent() {
    const { metrics } = await this.#cdp.send("Performance.getMetrics");
    const ms = (/** @type {string} */ name) => 1_000 * (metrics.find((metric) => metric.name === name)?.value ?? 0);
    const { processInfo } = await this.#browser.send("SystemInfo.getProcessInfo");
    return {
      at: performance.now(),
      task: ms("TaskDuration"),
      script: ms("ScriptDuration"),
      layout: ms("LayoutDuration") + ms("RecalcStyleDuration"),
      browser: 1_000 * processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0),
    };
  }

  /** @returns {Promise<Observed>} */
  async observed() {
    return await this.#page.evaluate(() => ({
      .../** @type {{ observed: Observed }} */ (/** @type {any} */ (window)).observed,
    }));
  }

  /** What JavaScript still holds after everything that can be was collected, in MiB. */
  async heapMib() {
    await this.#cdp.send("HeapProfiler.collectGarbage");
    const { usedSize } = await this.#cdp.send("Runtime.getHeapUsage");
    return usedSize / 2 ** 20;
  }
}
