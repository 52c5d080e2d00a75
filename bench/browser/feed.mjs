import { createServer } from "node:http";
import { Server } from "socket.io";
import { addValue } from "./buckets.mjs";
import { CHARTS, RANGE_MS, TICK_MS, tickBefore, valueAt } from "./wave.mjs";

/**
 * What a rival's users would put behind their page: a Socket.IO server with one room per chart, which sends every value
 * to its room. It also serves the built pages.
 */
export class Feed {
  #http;
  #io;
  /** Where it serves. */
  url = "";

  /** @param {ReadonlyMap<string, { body: string, type: string }>} pages path → page or script */
  constructor(pages) {
    this.#http = createServer((request, response) => {
      const page = pages.get(new URL(request.url ?? "/", "http://feed").pathname);
      response.writeHead(page ? 200 : 404, { "content-type": page?.type ?? "text/plain" });
      response.end(page?.body ?? "");
    });
    this.#io = new Server(this.#http, { serveClient: false });
    this.#io.on("connection", (socket) => {
      socket.on("join", (chart, answer) => {
        void socket.join(roomOf(chart));
        answer(history(chart, tickBefore(Date.now())));
      });
    });
  }

  /**
   * @param {ReadonlyMap<string, { body: string, type: string }>} pages
   * @returns {Promise<Feed>}
   */
  static async start(pages) {
    const feed = new Feed(pages);
    await new Promise((done) => feed.#http.listen(0, "127.0.0.1", () => done(undefined)));
    const address = feed.#http.address();
    if (address === null || typeof address === "string") throw new Error("the feed has no port");
    feed.url = `http://127.0.0.1:${address.port}`;
    return feed;
  }

  /**
   * One value for every chart.
   *
   * @param {number} time
   */
  tick(time) {
    for (let chart = 0; chart < CHARTS; chart += 1) {
      this.#io.to(roomOf(chart)).emit("value", { chart, time, value: valueAt(chart, time) });
    }
  }

  async close() {
    await this.#io.close();
  }
}

/** @param {number} chart */
function roomOf(chart) {
  return `chart-${chart}`;
}

/**
 * What a page that had been there all along would hold of a chart.
 *
 * @param {number} chart
 * @param {number} until
 */
function history(chart, until) {
  /** @type {import("./buckets.mjs").Bucket[]} */
  const buckets = [];
  for (let time = until - RANGE_MS; time <= until; time += TICK_MS) addValue(buckets, time, valueAt(chart, time));
  return buckets;
}
