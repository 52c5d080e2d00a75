import type { Clock } from "../types/ports.ts";

/** Timers that end together, with the connection that they were set for. */
export class Timers {
  readonly #clock: Clock;
  readonly #pending = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Acts once, after so many milliseconds; the answer takes that back. */
  after(ms: number, act: () => void): () => void {
    const cancel = this.#clock.setTimer(ms, () => {
      this.#pending.delete(cancel);
      act();
    });
    this.#pending.add(cancel);
    return () => {
      this.#pending.delete(cancel);
      cancel();
    };
  }

  /** Takes all of them back. */
  end(): void {
    for (const cancel of this.#pending) cancel();
    this.#pending.clear();
  }
}
