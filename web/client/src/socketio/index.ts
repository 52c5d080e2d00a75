import type { Clock, Transport } from "../types/ports.ts";

export interface SocketIoOptions {
  /** The server's origin; the page's own if absent. */
  readonly url?: string;
  /** Where Socket.IO answers, `/socket.io/` if absent. */
  readonly path?: string;
}

/** Carries the client over the stock `socket.io-client`: WebSocket first, long-polling where that is blocked. */
export function socketIoTransport(_options: SocketIoOptions = {}): Transport {
  throw new Error("not built yet");
}

/** The machine's own clock and timers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(ms, fire) {
    const timer = setTimeout(fire, ms);
    return () => clearTimeout(timer);
  },
};
