/** A value that changes, in the form that `useSyncExternalStore` takes. */
export interface Store<T> {
  get(): T;
  /** Calls `listener` after each change. Returns the way out. */
  subscribe(listener: () => void): () => void;
}

/** A store that its owner can set. */
export class Variable<T> implements Store<T> {
  #value: T;
  readonly #listeners = new Set<() => void>();
  readonly #failed: (error: unknown) => void;

  /** `failed` hears of listeners that throw. */
  constructor(value: T, failed: (error: unknown) => void) {
    this.#value = value;
    this.#failed = failed;
  }

  // Bound, because React calls them without their object.
  readonly get = (): T => this.#value;

  readonly subscribe = (listener: () => void): (() => void) => {
    const entry = () => listener();
    this.#listeners.add(entry);
    return () => this.#listeners.delete(entry);
  };

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) {
      try {
        listener();
      } catch (error) {
        this.#failed(error);
      }
    }
  }
}
