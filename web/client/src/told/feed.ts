import type { Part } from "../generated/wire.ts";
import type { FeedData, FeedItem } from "../types/view.ts";

/** What the server takes where a query names no limit. */
export const DEFAULT_FEED_LIMIT = 50;

/** The last events of a feed. */
export class FeedCells implements FeedData {
  readonly shape = "feed";
  readonly limit: number;
  readonly lastWindow = undefined;
  version = 0;
  items: readonly FeedItem[] = [];
  #sequence = 0;
  /** Events passed over since the last item, for the next one to tell. */
  #skipped: number | null = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  setWidth(): void {}

  announceWidth(): void {}

  misfit(part: Part): string | null {
    if (part.window !== undefined) return "a window in a part of a feed";
    if (part.removed !== undefined) return "removed in a part of a feed";
    const rows = part.replace ?? part.diff ?? [];
    return rows.some(Array.isArray) ? "a row that is none of a feed" : null;
  }

  apply(part: Part): number {
    if (part.replace !== undefined) this.#skipped = 0;
    if (part.skipped !== undefined) this.#skip(part.skipped);
    const items: FeedItem[] = part.replace === undefined ? [...this.items] : [];
    const rows = part.replace ?? part.diff ?? [];
    for (const event of rows) {
      if (Array.isArray(event)) continue;
      this.#sequence += 1;
      items.push({ ...event, sequence: this.#sequence, skipped: this.#skipped });
      this.#skipped = 0;
    }
    this.items = items.slice(-this.limit);
    this.version += 1;
    return rows.length + (part.skipped ?? 0);
  }

  clear(): void {
    this.items = [];
    this.#skipped = 0;
    this.version += 1;
  }

  #skip(count: number | null): void {
    this.#skipped = count === null || this.#skipped === null ? null : this.#skipped + count;
  }
}
