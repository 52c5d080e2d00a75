import type { Changed, Client } from "@tideboard/client";

/** Many pages hear of a change at once: their requests are spread over this long. */
const SPREAD_MS = 500;

/** Documents that are to be fetched again. */
export interface Outdated {
  /** Whatever is held. */
  readonly all: boolean;
  /** Dashboards whose document, or one's own view of them, was changed. */
  readonly dashboards: ReadonlySet<string>;
}

/** Whether a dashboard is among them. */
export function isOutdated({ all, dashboards }: Outdated, id: string): boolean {
  return all || dashboards.has(id);
}

/** Gathers for a moment what was changed, so that each document is fetched once, and tells whoever holds some. */
export class Changes {
  readonly #random: () => number;
  readonly #listeners = new Set<(outdated: Outdated) => void>();
  #all = false;
  #dashboards = new Set<string>();
  #timer: number | null = null;
  #told = 0;
  /** The connection since whose begin no change can have been missed. */
  #coveredSince: number | null = null;

  constructor(client: Client, random: () => number) {
    this.#random = random;
    client.onChanged((changed) => this.#changed(changed));
    client.connection.subscribe(() => {
      const connection = client.connection.get();
      if (connection.kind !== "live" || connection.since === this.#coveredSince) return;
      this.#coveredSince = connection.since;
      this.everything();
    });
  }

  /** How many times something was told: who asks for a document across one of them may have an outdated one. */
  get told(): number {
    return this.#told;
  }

  /** Calls `listener` with what is to be fetched again. Returns the way out. */
  subscribe(listener: (outdated: Outdated) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Whatever is held may look different now: it is to be fetched again. */
  everything(): void {
    this.#changed({ all: true, dashboards: [], views: [] });
  }

  #changed({ all, dashboards, views }: Changed): void {
    this.#all ||= all;
    for (const id of [...dashboards, ...views]) this.#dashboards.add(id);
    if (!this.#all && this.#dashboards.size === 0) return;
    this.#timer ??= window.setTimeout(() => this.#tell(), this.#random() * SPREAD_MS);
  }

  #tell(): void {
    const outdated: Outdated = { all: this.#all, dashboards: this.#dashboards };
    this.#all = false;
    this.#dashboards = new Set();
    this.#timer = null;
    this.#told += 1;
    for (const listener of [...this.#listeners]) listener(outdated);
  }
}
