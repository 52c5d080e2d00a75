import { Manager, type Socket } from "socket.io-client";
import type { Transport, TransportConnection, TransportEvent, TransportKind } from "../types/ports.ts";

export interface SocketIoOptions {
  /** The server's origin; the page's own if absent. */
  readonly url?: string;
  /** Where Socket.IO answers, `/socket.io/` if absent. */
  readonly path?: string;
}

/** What servers send, but for acknowledgements. */
export const MESSAGES = ["hello", "frame", "page", "problem", "closing", "stale", "changed", "rights"] as const;
const OPEN_TIMEOUT_MS = 5_000;

/** What is tried first, next time. */
type Order = readonly [TransportKind, TransportKind];
const WEBSOCKET_FIRST: Order = ["websocket", "polling"];
const POLLING_FIRST: Order = ["polling", "websocket"];

/**
 * Carries the client over the stock `socket.io-client`. WebSocket comes first; where it is refused, long-polling takes
 * over at once, and where it hangs, with the next attempt.
 */
export function socketIoTransport({ url, path }: SocketIoOptions = {}): Transport {
  let order = WEBSOCKET_FIRST;
  return {
    open(auth, listener) {
      const manager = new Manager(url ?? pageOrigin(), {
        ...(path === undefined ? {} : { path }),
        autoConnect: false,
        // Coming back is the client's business.
        reconnection: false,
        timeout: OPEN_TIMEOUT_MS,
        transports: [...order],
        tryAllTransports: true,
        // One connection per attempt, never one shared with somebody else on the page.
        forceNew: true,
      });
      const connection = new SocketIoConnection(manager, manager.socket("/", { auth }), (event) => {
        if (event.kind === "opened" || event.kind === "switched") {
          if (event.transport === "websocket") order = WEBSOCKET_FIRST;
        } else if (event.kind === "closed" && !connection.wasOpen) {
          order = order === WEBSOCKET_FIRST ? POLLING_FIRST : WEBSOCKET_FIRST;
        }
        listener(event);
      });
      connection.open();
      return connection;
    },
  };
}

class SocketIoConnection implements TransportConnection {
  wasOpen = false;
  readonly #manager: Manager;
  readonly #socket: Socket;
  readonly #listener: (event: TransportEvent) => void;
  #ended = false;

  constructor(manager: Manager, socket: Socket, listener: (event: TransportEvent) => void) {
    this.#manager = manager;
    this.#socket = socket;
    this.#listener = listener;
  }

  open(): void {
    const socket = this.#socket;
    socket.on("connect", () => this.#opened());
    socket.on("connect_error", (error) => {
      // An active socket would go on trying: nobody answered. Otherwise the server did, and said no.
      if (socket.active) this.#end({ kind: "closed", reason: error.message });
      else this.#end({ kind: "refused", code: error.message });
    });
    socket.on("disconnect", (reason) => this.#end({ kind: "closed", reason }));
    for (const name of MESSAGES) socket.on(name, (payload: unknown) => this.#tell({ kind: "message", name, payload }));
    socket.connect();
  }

  send(name: string, payload: object): void {
    if (!this.#ended) this.#socket.emit(name, payload);
  }

  request(name: string, payload: object, answer: (payload: unknown) => void): void {
    if (this.#ended) return;
    this.#socket.emit(name, payload, (reply: unknown) => {
      if (!this.#ended) answer(reply);
    });
  }

  close(): void {
    this.#ended = true;
    this.#socket.removeAllListeners();
    this.#socket.disconnect();
    this.#manager._close();
  }

  #opened(): void {
    this.wasOpen = true;
    const { engine } = this.#manager;
    engine.on("upgrade", () => this.#tell({ kind: "switched", transport: this.#transport() }));
    this.#tell({ kind: "opened", transport: this.#transport() });
  }

  #transport(): TransportKind {
    return this.#manager.engine.transport.name === "websocket" ? "websocket" : "polling";
  }

  #tell(event: TransportEvent): void {
    if (!this.#ended) this.#listener(event);
  }

  #end(event: TransportEvent): void {
    if (this.#ended) return;
    this.close();
    this.#listener(event);
  }
}

function pageOrigin(): string {
  return globalThis.location.origin;
}
