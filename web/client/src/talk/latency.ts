const WEIGHT = 0.2;
const PUBLISH_EVERY_MS = 500;
/** Each measurement costs the page a message after its picture, and more of them would not be seen in the average. */
const MEASURE_EVERY_MS = 250;
/** Where nobody says that something was painted, the oldest are given up. */
const MAX_UNPAINTED = 64;

/** From the server's acceptance of an event to its paint here, as an exponential average. */
export class Latency {
  #unpainted: number[] = [];
  #average: number | null = null;
  #published: number | null = null;
  #publishedAt = -Infinity;
  #measuredAt = -Infinity;

  /** What was last published. */
  get ms(): number | null {
    return this.#published;
  }

  /** Whether to be told of the next paint. */
  get waits(): boolean {
    return this.#unpainted.length > 0;
  }

  /** A frame was applied at that time, whose newest event was accepted then, by the server's clock. */
  applied(accepted: number, at: number): void {
    if (Math.abs(at - this.#measuredAt) < MEASURE_EVERY_MS) return;
    this.#unpainted.push(accepted);
    if (this.#unpainted.length > MAX_UNPAINTED) this.#unpainted.shift();
  }

  /** What was applied will not be painted soon, or not as it came. */
  skip(): void {
    this.#unpainted = [];
  }

  /** All of it is on the screen now, by the server's clock; says whether there is something new to publish. */
  painted(serverNow: number, at: number): boolean {
    for (const accepted of this.#unpainted) {
      const sample = Math.max(0, serverNow - accepted);
      this.#average = this.#average === null ? sample : this.#average + WEIGHT * (sample - this.#average);
    }
    if (this.waits) this.#measuredAt = at;
    this.#unpainted = [];
    if (this.#average === null || Math.abs(at - this.#publishedAt) < PUBLISH_EVERY_MS) return false;
    const rounded = Math.round(this.#average * 10) / 10;
    if (rounded === this.#published) return false;
    this.#published = rounded;
    this.#publishedAt = at;
    return true;
  }
}
