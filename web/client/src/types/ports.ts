import type { Auth } from "../generated/wire.ts";

/** Time as the client sees it. All times are milliseconds since 1970. */
export interface Clock {
  now(): number;
  /** Calls `fire` once after `ms`; the returned function prevents that, and does nothing afterwards. */
  setTimer(ms: number, fire: () => void): () => void;
}

/** How bytes travel at the moment. */
export type TransportKind = "websocket" | "polling";

/** Everything that a connection can tell. After `refused` or `closed` nothing more comes. */
export type TransportEvent =
  /** The server let us in. */
  | { readonly kind: "opened"; readonly transport: TransportKind }
  /** The same connection goes on over another transport. */
  | { readonly kind: "switched"; readonly transport: TransportKind }
  /** The server answered and said no; `code` is what it said. */
  | { readonly kind: "refused"; readonly code: string }
  /** Could not be opened, or was cut. */
  | { readonly kind: "closed"; readonly reason: string }
  /** A message: its name and its one object, unchecked. */
  | { readonly kind: "message"; readonly name: string; readonly payload: unknown };

/** One connection, from `open` to its end. */
export interface TransportConnection {
  /** Sends a message. Does nothing once closed. */
  send(name: string, payload: object): void;
  /** Sends a message that is answered once; no answer comes after a cut. */
  request(name: string, payload: object, answer: (payload: unknown) => void): void;
  /** Ends the connection; no event follows. May be called twice. */
  close(): void;
}

/** Opens connections. It neither retries nor keeps anything: the client does. */
export interface Transport {
  /** Events may come before this returns. Failing is told by `closed`, never thrown. */
  open(auth: Auth, listener: (event: TransportEvent) => void): TransportConnection;
}
