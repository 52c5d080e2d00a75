import { LineChart } from "echarts/charts";
import { GridComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { TIME_STEP_MS, VALUE_AXIS, VALUE_STEP } from "../wave.mjs";
import { LOOK, showBoard, timeText } from "./board.mjs";

use([LineChart, GridComponent, CanvasRenderer]);

showBoard((element, width, height) => {
  const chart = init(element, null, { renderer: "canvas", width, height });
  const label = { color: LOOK.text, fontSize: 11, fontFamily: LOOK.font };
  chart.setOption({
    animation: false,
    grid: { left: 40, right: 8, top: 8, bottom: 24 },
    xAxis: {
      type: "time",
      min: "dataMin",
      max: "dataMax",
      // Its own steps are the next lower ones.
      minInterval: TIME_STEP_MS + 1,
      maxInterval: TIME_STEP_MS + 1,
      splitLine: { show: false },
      axisTick: { show: false },
      axisLine: { show: false },
      axisLabel: { ...label, formatter: timeText },
    },
    yAxis: {
      type: "value",
      ...VALUE_AXIS,
      interval: VALUE_STEP,
      splitLine: { lineStyle: { color: LOOK.grid } },
      axisLabel: label,
    },
    series: [
      {
        type: "line",
        symbol: "none",
        showSymbol: false,
        silent: true,
        emphasis: { disabled: true },
        lineStyle: { width: 1, color: LOOK.line },
        data: [],
      },
    ],
  });
  return (buckets) => {
    const data = buckets.map(({ start, sum, count }) => [start, sum / count]);
    // Called in an animation frame, once per change: to wait for another one would gain nothing.
    chart.setOption({ series: [{ data }] }, { silent: true });
  };
});
