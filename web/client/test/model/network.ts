import type { Auth, Subscribe, Unsubscribe } from "../../src/generated/wire.ts";
import type { Clock, Transport, TransportConnection, TransportEvent } from "../../src/types/ports.ts";
import { type Expectation, ModelServer, ModelSession } from "./server.ts";

interface Delivery {
  readonly event: TransportEvent;
  /** Set on the last message of a frame. */
  readonly expectation?: Expectation;
}

/** One connection: two queues that move when told to. */
export class Wire implements TransportConnection {
  readonly session: ModelSession;
  readonly auth: Auth;
  readonly toViewer: (Delivery | { readonly answer: () => void })[] = [];
  readonly toServer: (() => void)[] = [];
  /** Closed by the viewer, or cut. */
  over = false;
  /** What the viewer was last told of it. */
  cutOff = false;
  readonly #listener: (event: TransportEvent) => void;
  readonly #now: () => number;
  readonly #random: () => number;

  constructor(
    session: ModelSession,
    auth: Auth,
    listener: (event: TransportEvent) => void,
    { now, random }: { now: () => number; random: () => number },
  ) {
    this.session = session;
    this.auth = auth;
    this.#listener = listener;
    this.#now = now;
    this.#random = random;
  }

  send(name: string, payload: object): void {
    this.#sent(name, payload, () => {});
  }

  request(name: string, payload: object, answer: (payload: unknown) => void): void {
    this.#sent(name, payload, answer);
  }

  close(): void {
    this.over = true;
  }

  tell(event: TransportEvent): void {
    this.#listener(event);
  }

  message(name: string, payload: unknown): void {
    this.toViewer.push({ event: { kind: "message", name, payload } });
  }

  /** Delivers one message to the viewer; says what it must show if that completed a frame. */
  deliver(): Expectation | null {
    const next = this.toViewer.shift();
    if (next === undefined || this.over) return null;
    if ("answer" in next) {
      next.answer();
      return null;
    }
    const { event } = next;
    if (event.kind === "message" && event.name === "stale") {
      this.cutOff = (event.payload as { since: number | null }).since !== null;
    }
    this.tell(event);
    return next.expectation ?? null;
  }

  flush(): void {
    const flushed = this.session.flush(this.#now());
    if (flushed === null) return;
    const { messages, expectation } = flushed;
    messages.forEach((payload, index) => {
      const event: TransportEvent = { kind: "message", name: "frame", payload: structuredClone(payload) };
      this.toViewer.push(index === messages.length - 1 ? { event, expectation } : { event });
    });
  }

  #sent(name: string, payload: object, answer: (payload: unknown) => void): void {
    const copy: unknown = JSON.parse(JSON.stringify(payload));
    this.toServer.push(() => {
      const reply = this.#handle(name, copy);
      if (reply === undefined) return;
      const item = { answer: () => answer(reply) };
      // An acknowledgement may come after frames that were made later.
      if (this.#random() < 0.3) this.flush();
      this.toViewer.push(item);
    });
  }

  #handle(name: string, payload: unknown): unknown {
    switch (name) {
      case "subscribe":
        return this.session.subscribe(payload as Subscribe);
      case "unsubscribe":
        this.session.unsubscribe(payload as Unsubscribe);
        return undefined;
      case "credit":
        this.session.grant((payload as { until: number }).until);
        return undefined;
      case "clock":
        return { now: this.#now() };
      default:
        throw new Error(`the viewer sent ${name}`);
    }
  }
}

/** The model server behind connections that can be cut anywhere. */
export class Network implements Transport {
  readonly server = new ModelServer();
  readonly wires: Wire[] = [];
  /** What the next connection is refused with. */
  refuseNext: string | null = null;
  readonly #clock: Clock;
  readonly #random: () => number;

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  get serverNow(): number {
    return this.#clock.now() + this.server.clockOffsetMs;
  }

  /** The connection in use, if there is one. */
  get current(): Wire | undefined {
    const wire = this.wires.at(-1);
    return wire?.over === false ? wire : undefined;
  }

  open(auth: Auth, listener: (event: TransportEvent) => void): TransportConnection {
    const session = new ModelSession(this.server, this.#random);
    const wire = new Wire(session, auth, listener, { now: () => this.serverNow, random: this.#random });
    this.wires.push(wire);
    if (this.refuseNext !== null) {
      wire.toViewer.push({ event: { kind: "refused", code: this.refuseNext } });
      this.refuseNext = null;
      return wire;
    }
    wire.toViewer.push({ event: { kind: "opened", transport: "websocket" } });
    wire.message("hello", { protocol: 5, now: this.serverNow, credit: 8, maxMessageBytes: 262_144 });
    return wire;
  }

  cut(): void {
    const wire = this.current;
    if (wire === undefined) return;
    wire.over = true;
    wire.tell({ kind: "closed", reason: "transport close" });
  }
}
