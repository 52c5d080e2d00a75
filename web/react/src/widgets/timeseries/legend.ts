import { append, setText } from "../../paint/dom.ts";
import { seriesColour } from "../../theme/palette.ts";
import type { Line } from "./lines.ts";

/** How often the values in a legend change: more often than this nobody can read. */
const CALM_MS = 250;

/** Names, colours and newest values of the lines; pressing one hides its line. */
export class Legend {
  readonly #box: HTMLDivElement;
  readonly #onToggle: (key: string) => void;
  readonly #values: HTMLElement[] = [];
  readonly #buttons: HTMLButtonElement[] = [];
  #writtenAt = Number.NEGATIVE_INFINITY;

  constructor(root: HTMLElement, onToggle: (key: string) => void) {
    this.#box = append(root, "div", "tb-legend");
    this.#onToggle = onToggle;
  }

  /** Its height, read again only when its lines change. */
  get height(): number {
    return this.#box.offsetHeight;
  }

  build(lines: readonly Line[], hidden: ReadonlySet<string>): void {
    this.#box.replaceChildren();
    this.#values.length = 0;
    this.#buttons.length = 0;
    this.#writtenAt = Number.NEGATIVE_INFINITY;
    lines.forEach((line, index) => {
      const button = append(this.#box, "button", "tb-legend-item");
      button.type = "button";
      append(button, "i", "tb-swatch").style.background = seriesColour(index);
      append(button, "span", "tb-legend-label").textContent = line.label;
      button.title = line.label;
      this.#values.push(append(button, "span", "tb-legend-value tb-num"));
      this.#buttons.push(button);
      button.setAttribute("aria-pressed", String(!hidden.has(line.key)));
      button.addEventListener("click", () => {
        this.#onToggle(line.key);
      });
    });
  }

  mark(lines: readonly Line[], hidden: ReadonlySet<string>): void {
    lines.forEach((line, index) => {
      this.#buttons[index]?.setAttribute("aria-pressed", String(!hidden.has(line.key)));
    });
  }

  write(texts: () => readonly string[], now: number): void {
    if (now - this.#writtenAt < CALM_MS) return;
    this.#writtenAt = now;
    texts().forEach((text, index) => {
      const value = this.#values[index];
      if (value) setText(value, text);
    });
  }
}
