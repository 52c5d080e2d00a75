const GRANT_AHEAD = 8;
const GRANT_EVERY = 4;

/** How many frames the server may send. One per connection. */
export class Credit {
  #until: number;
  #applied = 0;

  constructor(until: number) {
    this.#until = until;
  }

  /** A frame was applied: what to grant now, or `null`. */
  applied(seq: number, hidden: boolean): number | null {
    this.#applied = seq;
    return hidden || seq + GRANT_AHEAD - this.#until < GRANT_EVERY ? null : this.#grant();
  }

  /** The page is shown again: what to grant now, or `null`. */
  shown(): number | null {
    return this.#applied + GRANT_AHEAD > this.#until ? this.#grant() : null;
  }

  #grant(): number {
    this.#until = this.#applied + GRANT_AHEAD;
    return this.#until;
  }
}
