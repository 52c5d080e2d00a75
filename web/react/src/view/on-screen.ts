/** Watches, with one observer, which elements could be seen. */
export class OnScreen {
  readonly #listeners = new Map<Element, (visible: boolean) => void>();
  readonly #observer: IntersectionObserver | null;

  constructor() {
    this.#observer =
      typeof IntersectionObserver === "undefined"
        ? null
        : new IntersectionObserver(
            (entries) => {
              for (const entry of entries) this.#listeners.get(entry.target)?.(entry.isIntersecting);
            },
            // Drawn a little before it scrolls into sight.
            { rootMargin: "160px" },
          );
  }

  watch(element: Element, listener: (visible: boolean) => void): () => void {
    this.#listeners.set(element, listener);
    this.#observer?.observe(element);
    return () => {
      this.#listeners.delete(element);
      this.#observer?.unobserve(element);
    };
  }

  close(): void {
    this.#observer?.disconnect();
    this.#listeners.clear();
  }
}
