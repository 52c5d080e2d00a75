import { Malformed } from "../decode/check.ts";
import { decodeClock } from "../decode/messages.ts";
import type { Fault } from "../types/client.ts";
import type { Clock, TransportConnection } from "../types/ports.ts";
import type { ServerClock } from "./server-clock.ts";

/** Soon at first, to know the clock well early; then now and then. */
const PAUSES_MS = [250, 1_000, 5_000] as const;
const LATER_PAUSE_MS = 30_000;
const ANSWER_TIMEOUT_MS = 5_000;
/** After the machine woke up nobody wants to wait for long to learn that the connection is dead. */
const PROBE_TIMEOUT_MS = 2_500;

/** Whom a pulse works for. */
export interface PulseWorld {
  readonly clock: Clock;
  readonly serverClock: ServerClock;
  readonly isHidden: () => boolean;
  /** The round trip may be another now. */
  readonly measured: () => void;
  readonly failed: (fault: Fault) => void;
}

/** Compares clocks with the server, and thereby notices when it no longer answers. One per connection. */
export class Pulse {
  readonly #world: PulseWorld;
  readonly #connection: TransportConnection;
  #measurements = 0;
  #cancelNext: () => void = () => {};
  #cancelLate: (() => void) | null = null;
  #ended = false;

  constructor(world: PulseWorld, connection: TransportConnection) {
    this.#world = world;
    this.#connection = connection;
  }

  begin(): void {
    this.measure();
  }

  measure(): void {
    this.#ask(ANSWER_TIMEOUT_MS);
  }

  /** Measures, and takes a slow answer for none. */
  probe(): void {
    this.#ask(PROBE_TIMEOUT_MS);
  }

  /** A time that came with a frame: if it cannot be, a clock was set and is compared anew. */
  heard(serverNow: number): void {
    const { clock, serverClock } = this.#world;
    const at = clock.now();
    if (serverClock.plausible(serverNow, at)) return;
    serverClock.forget({ serverNow, at });
    this.measure();
  }

  end(): void {
    this.#ended = true;
    this.#cancelNext();
    this.#cancelLate?.();
  }

  #ask(timeoutMs: number): void {
    const { clock, serverClock, measured, failed } = this.#world;
    this.#cancelNext();
    this.#cancelLate?.();
    const sentAt = clock.now();
    const cancelLate = clock.setTimer(timeoutMs, () => failed({ kind: "unanswered", message: "clock" }));
    this.#cancelLate = cancelLate;
    this.#connection.request("clock", {}, (payload) => {
      if (this.#ended) return;
      // An answer to an earlier question proves as well that someone is there.
      this.#cancelLate?.();
      try {
        serverClock.answered(sentAt, decodeClock(payload, "clock").now, clock.now());
      } catch (error) {
        if (!(error instanceof Malformed)) throw error;
        failed({ kind: "malformed", message: "clock", detail: error.message });
        return;
      }
      this.#measurements += 1;
      measured();
      this.#plan();
    });
  }

  #plan(): void {
    const pauseMs = PAUSES_MS[this.#measurements - 1] ?? LATER_PAUSE_MS;
    this.#cancelNext();
    this.#cancelNext = this.#world.clock.setTimer(pauseMs, () => {
      if (this.#world.isHidden()) this.#plan();
      else this.measure();
    });
  }
}
