import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BUCKET_MS, CHARTS, RANGE_MS, TICK_MS, VALUE_AXIS, valueAt } from "./wave.mjs";

const START_MS = 30_000;
/** Events in one request that fills in the past. */
const BATCH = 3_000;
/** The dashboard that every installation has. */
const DASHBOARD = "this-machine";

/** A real server process on an empty folder of its own. */
export class Tideboard {
  #data;
  #process;
  #agent = new Agent({ keepAlive: true });
  /** The last tick that was sent. */
  #sent = 0;
  #key = "";
  /** Where it serves. */
  url = "";
  /** Signs in once. */
  signInUrl = "";

  /**
   * @param {string} binary
   * @param {string} data
   */
  constructor(binary, data) {
    this.#data = data;
    const env = { PATH: process.env.PATH, TIDEBOARD_DATA: data, TIDEBOARD_LISTEN: "127.0.0.1:0" };
    this.#process = spawn(binary, [], { env, stdio: ["ignore", "pipe", "ignore"] });
  }

  /**
   * @param {string} binary
   * @returns {Promise<Tideboard>}
   */
  static async start(binary) {
    const server = new Tideboard(binary, await mkdtemp(join(tmpdir(), "tideboard-browser-")));
    const welcome = await server.#welcome();
    server.url = /serves at (\S+)/.exec(welcome)?.[1] ?? "";
    server.signInUrl = /(\S+\/sign-in#token=\S+)/.exec(welcome)?.[1] ?? "";
    server.#key = /Bearer ([^'\s]+)/.exec(welcome)?.[1] ?? "";
    return server;
  }

  /** Ends it and removes what it kept. */
  async close() {
    this.#agent.destroy();
    const gone = this.#process.exitCode === null ? once(this.#process, "exit") : null;
    this.#process.kill("SIGKILL");
    await gone;
    await rm(this.#data, { recursive: true, force: true });
  }

  /**
   * One value for every chart, in one request.
   *
   * @param {number} time
   * @returns {Promise<void>} once they are acknowledged
   */
  async tick(time) {
    this.#sent = time;
    await this.send(this.#eventsOf(time));
  }

  /**
   * What was not sent of the last minute, as if it had been sent all along.
   *
   * @param {number} now the tick before which all should be there
   */
  async fillIn(now) {
    const from = Math.max(this.#sent + TICK_MS, now - RANGE_MS - BUCKET_MS);
    const events = [];
    for (let time = from; time < now; time += TICK_MS) events.push(...this.#eventsOf(time));
    this.#sent = Math.max(this.#sent, now - TICK_MS);
    for (let start = 0; start < events.length; start += BATCH) await this.send(events.slice(start, start + BATCH));
  }

  /**
   * @param {object | readonly object[]} events
   * @returns {Promise<void>} once they are acknowledged
   */
  async send(events) {
    const body = JSON.stringify(events);
    const headers = {
      authorization: `Bearer ${this.#key}`,
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
    };
    await new Promise((done, failed) => {
      const options = { method: "POST", headers, agent: this.#agent };
      const sending = request(`${this.url}/api/v1/events`, options, (response) => {
        response.resume();
        response.once("end", () => {
          if (response.statusCode === 200) done(undefined);
          else failed(new Error(`events were answered with ${response.statusCode}`));
        });
      });
      sending.once("error", (error) => {
        // The server had just given up the idle connection that was used again: nothing was sent.
        if (sending.reusedSocket && "code" in error && error.code === "ECONNRESET")
          this.send(events).then(done, failed);
        else failed(error);
      });
      sending.end(body);
    });
  }

  /**
   * Twelve charts of one line each.
   *
   * @returns {Widget[]}
   */
  chartWidgets() {
    return Array.from({ length: CHARTS }, (_, chart) => ({
      id: `chart-${chart + 1}`,
      kind: "timeseries",
      title: `Chart ${chart + 1}`,
      queries: { main: seriesQuery(streamOf(chart), "avg") },
      // The rivals have no legend either.
      options: { ...VALUE_AXIS, legend: "none" },
    }));
  }

  /** @param {number} time */
  #eventsOf(time) {
    return Array.from({ length: CHARTS }, (_, chart) => ({
      stream: streamOf(chart),
      time,
      fields: { value: valueAt(chart, time) },
    }));
  }

  async #welcome() {
    return await new Promise((/** @type {(text: string) => void} */ done, failed) => {
      let text = "";
      const timer = setTimeout(() => failed(new Error(`no welcome in time: ${text}`)), START_MS);
      this.#process.stdout.setEncoding("utf8").on("data", (chunk) => {
        text += chunk;
        if (!/--json|tideboard key create/.test(text)) return;
        clearTimeout(timer);
        done(text);
      });
      this.#process.once("exit", (code) => failed(new Error(`ended with ${code}: ${text}`)));
      this.#process.once("error", failed);
    });
  }
}

/** @param {number} chart */
function streamOf(chart) {
  return `bench.chart${chart + 1}`;
}

/**
 * @param {string} stream
 * @param {string} fn
 */
export function seriesQuery(stream, fn) {
  return { stream, shape: "series", measures: [{ fn, field: "value" }], range: { last: RANGE_MS }, bucket: BUCKET_MS };
}

/**
 * @typedef {{ id: string, kind: string, title: string, queries: object, options: object }} Widget
 */

/**
 * Makes a page's signed-in user see these widgets and nothing else, four in a row.
 *
 * @param {import("playwright-core").Page} page
 * @param {string} url of the server
 * @param {readonly Widget[]} widgets
 */
export async function showOnly(page, url, widgets) {
  const refreshed = await page.request.post(`${url}/api/v1/session/refresh`, { headers: { "x-tideboard": "1" } });
  if (!refreshed.ok()) throw new Error(`session: ${refreshed.status()}`);
  const headers = { authorization: `Bearer ${(await refreshed.json()).accessToken}` };
  const address = `${url}/api/v1/dashboards/${DASHBOARD}`;
  const { shared, personal } = await (await page.request.get(address, { headers })).json();
  const revision = personal?.revision ?? 0;
  const places = widgets.map(({ id }, index) => {
    return [id, { x: (index % 4) * 6, y: Math.floor(index / 4) * 6, w: 6, h: 6 }];
  });
  const view = {
    dashboard: DASHBOARD,
    revision,
    baseRevision: shared.revision,
    hidden: shared.widgets.map((/** @type {Widget} */ widget) => widget.id),
    added: widgets,
    layouts: { wide: Object.fromEntries(places), tablet: {}, phone: {} },
  };
  const saved = await page.request.put(`${address}/personal-view`, { headers, data: { revision, view } });
  if (!saved.ok()) throw new Error(`personal view: ${saved.status()}: ${await saved.text()}`);
}

/** @param {string} url of the server */
export function dashboardUrl(url) {
  return `${url}/d/${DASHBOARD}`;
}
