/** One slow beat for everything that tells an age; it stands still while nobody listens or the page is hidden. */
export class Ticker {
  readonly #intervalMs: number;
  readonly #listeners = new Set<() => void>();
  #timer: number | null = null;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    this.#timer ??= window.setInterval(() => this.#beat(), this.#intervalMs);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.close();
    };
  }

  close(): void {
    if (this.#timer !== null) window.clearInterval(this.#timer);
    this.#timer = null;
  }

  #beat(): void {
    if (document.hidden) return;
    for (const listener of [...this.#listeners]) listener();
  }
}
