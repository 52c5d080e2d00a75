import { io } from "socket.io-client";
import { addValue } from "../buckets.mjs";
import { CHARTS } from "../wave.mjs";

/** @typedef {import("../buckets.mjs").Bucket} Bucket */

/**
 * A chart library's part: it shows the buckets it is given, at once.
 *
 * @typedef {(buckets: readonly Bucket[]) => void} Draw
 */

/**
 * A page of charts that follow the feed. Values change their chart's buckets as they come; changed charts are drawn in
 * the next animation frame, once.
 *
 * @param {(element: HTMLElement, width: number, height: number) => Draw} makeChart
 */
export function showBoard(makeChart) {
  const size = new URLSearchParams(location.search);
  const width = Number(size.get("width"));
  const height = Number(size.get("height"));
  const socket = io({ transports: ["websocket"] });
  const charts = Array.from({ length: CHARTS }, (_, chart) => {
    const draw = makeChart(place(chart, width, height), width, height);
    return { draw, buckets: /** @type {Bucket[]} */ ([]) };
  });
  /** @type {Set<number>} */
  const changed = new Set();
  const drawChanged = () => {
    for (const chart of changed) charts[chart]?.draw(charts[chart].buckets);
    changed.clear();
  };
  /** @param {number} chart */
  const change = (chart) => {
    if (changed.size === 0) requestAnimationFrame(drawChanged);
    changed.add(chart);
  };
  socket.on("value", ({ chart, time, value }) => {
    addValue(charts[chart].buckets, time, value);
    change(chart);
  });
  socket.on("connect", () => {
    charts.forEach((entry, chart) => {
      socket.emit("join", chart, (/** @type {Bucket[]} */ history) => {
        entry.buckets = history;
        change(chart);
      });
    });
  });
}

/**
 * @param {number} chart
 * @param {number} width
 * @param {number} height
 */
function place(chart, width, height) {
  const section = document.createElement("section");
  const title = document.createElement("h2");
  title.textContent = `Chart ${chart + 1}`;
  const body = document.createElement("div");
  body.style.width = `${width}px`;
  body.style.height = `${height}px`;
  section.append(title, body);
  document.querySelector("main")?.append(section);
  return body;
}

const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hour12: false,
});

/**
 * What a time axis says of a moment.
 *
 * @param {number} time
 */
export function timeText(time) {
  return clock.format(time);
}

/** Colours and font of all pages, about those of Tideboard's dark theme. */
export const LOOK = {
  line: "#56b4e9",
  text: "#8b949e",
  grid: "rgba(127,127,127,0.16)",
  font: "system-ui, sans-serif",
};
