/** A value that changes, in the form that `useSyncExternalStore` takes. */
export interface Store<T> {
  get(): T;
  /** Calls `listener` after each change. Returns the way out. */
  subscribe(listener: () => void): () => void;
}
