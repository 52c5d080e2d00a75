const KEPT_SAMPLES = 5;
/** A frame cannot come from further ahead than this, nor be this late, unless one of the clocks was set. */
const AHEAD_MS = 250;
const LATE_MS = 10_000;

interface Sample {
  readonly rttMs: number;
  readonly offsetMs: number;
}

/** How far the server's clock is from ours: the exchange with the shortest round trip of the last few knows it best. */
export class ServerClock {
  #samples: Sample[] = [];
  #guessMs = 0;
  /** The samples are of an earlier connection, maybe to another server. */
  #former = false;

  get offsetMs(): number {
    return this.#best()?.offsetMs ?? this.#guessMs;
  }

  get rttMs(): number | null {
    return this.#best()?.rttMs ?? null;
  }

  /** A first guess, off by the way here. What is known from an earlier connection is better, until this one is measured. */
  hello(serverNow: number, at: number): void {
    if (this.#samples.length === 0) this.#guessMs = serverNow - at;
    else if (this.plausible(serverNow, at)) this.#former = true;
    else this.forget({ serverNow, at });
  }

  answered(sentAt: number, serverNow: number, at: number): void {
    const rttMs = at - sentAt;
    if (rttMs < 0) return;
    if (this.#former) this.#samples = [];
    this.#former = false;
    this.#samples = [...this.#samples.slice(1 - KEPT_SAMPLES), { rttMs, offsetMs: serverNow + rttMs / 2 - at }];
  }

  /** Looks at a time that the server sent; says `false` if it cannot be, so that a clock must have been set. */
  plausible(serverNow: number, at: number): boolean {
    const lateMs = at + this.offsetMs - serverNow;
    return lateMs > -AHEAD_MS && lateMs < LATE_MS;
  }

  forget(guess: { serverNow: number; at: number }): void {
    this.#samples = [];
    this.#former = false;
    this.#guessMs = guess.serverNow - guess.at;
  }

  #best(): Sample | undefined {
    let best: Sample | undefined;
    for (const sample of this.#samples) {
      if (best === undefined || sample.rttMs <= best.rttMs) best = sample;
    }
    return best;
  }
}
