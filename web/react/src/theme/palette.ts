/** How many colours series take turns in. */
export const SERIES_COLOURS = 8;

/** The names of the states that thresholds colour. */
export type Level = "ok" | "warn" | "bad";

/** Colours for drawing on a canvas, as the page's style sheet resolves them. */
export interface Palette {
  readonly series: readonly string[];
  readonly levels: Readonly<Record<Level, string>>;
  readonly text: string;
  readonly muted: string;
  readonly grid: string;
  readonly surface: string;
}

/** Fallbacks for hosts that did not load the style sheet: Okabe and Ito's colours. */
const FALLBACK = ["#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#0072b2", "#f0e442", "#999999"];

/** Reads the palette in force at an element. */
export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const read = (name: string, fallback: string) => style.getPropertyValue(name).trim() || fallback;
  return {
    series: FALLBACK.map((colour, index) => read(`--tb-series-${index + 1}`, colour)),
    levels: {
      ok: read("--tb-ok", "#009e73"),
      warn: read("--tb-warn", "#e69f00"),
      bad: read("--tb-bad", "#d55e00"),
    },
    text: read("--tb-text", "#1a1d21"),
    muted: read("--tb-muted", "#6b7280"),
    grid: read("--tb-grid", "rgba(127,127,127,0.16)"),
    surface: read("--tb-surface", "#ffffff"),
  };
}

/** The CSS colour of the n-th series. */
export function seriesColour(index: number): string {
  return `var(--tb-series-${(index % SERIES_COLOURS) + 1})`;
}
