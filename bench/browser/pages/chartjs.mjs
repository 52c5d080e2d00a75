import { Chart, LinearScale, LineController, LineElement, PointElement } from "chart.js";
import { TIME_STEP_MS, VALUE_AXIS, VALUE_STEP } from "../wave.mjs";
import { LOOK, showBoard, timeText } from "./board.mjs";

Chart.register(LineController, LineElement, PointElement, LinearScale);

showBoard((element, width, height) => {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  element.append(canvas);
  const ticks = { color: LOOK.text, font: { size: 11, family: LOOK.font }, minRotation: 0, maxRotation: 0 };
  const chart = new Chart(canvas, {
    type: "line",
    data: {
      datasets: [{ data: /** @type {{ x: number, y: number }[]} */ ([]), borderColor: LOOK.line, borderWidth: 1 }],
    },
    options: {
      responsive: false,
      animation: false,
      parsing: false,
      normalized: true,
      spanGaps: true,
      events: [],
      elements: { point: { radius: 0, hitRadius: 0 }, line: { tension: 0 } },
      scales: {
        x: {
          type: "linear",
          grid: { display: false },
          border: { display: false },
          ticks: {
            ...ticks,
            sampleSize: 1,
            stepSize: TIME_STEP_MS,
            includeBounds: false,
            callback: (time) => timeText(Number(time)),
          },
        },
        y: {
          type: "linear",
          ...VALUE_AXIS,
          grid: { color: LOOK.grid },
          border: { display: false },
          afterFit: (axis) => {
            axis.width = 40;
          },
          ticks: { ...ticks, sampleSize: 1, stepSize: VALUE_STEP },
        },
      },
    },
  });
  /** @type {{ x: number, y: number }[]} */
  let points = [];
  return (buckets) => {
    const newest = buckets[buckets.length - 1];
    const last = points[points.length - 1];
    if (newest !== undefined && last?.x === newest.start) {
      last.y = newest.sum / newest.count;
    } else {
      points = buckets.map(({ start, sum, count }) => ({ x: start, y: sum / count }));
      chart.data.datasets[0].data = points;
      const { x } = chart.options.scales ?? {};
      if (x) {
        // With both ends given the scale need not look for them.
        x.min = points[0]?.x;
        x.max = newest?.start;
      }
    }
    chart.update("none");
  };
});
