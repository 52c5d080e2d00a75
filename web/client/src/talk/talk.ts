import type { FollowedFeed } from "../asked/followed-feed.ts";
import type { WatchedView } from "../asked/watched-view.ts";
import { Malformed } from "../decode/check.ts";
import {
  decodeChanged,
  decodeClosing,
  decodeHello,
  decodeProblemMessage,
  decodeRights,
  decodeStale,
} from "../decode/messages.ts";
import { type Changed, type Hello, PROTOCOL, type Problem, type Rights } from "../generated/wire.ts";
import { ProblemError, refusal } from "../problem.ts";
import type { SocketToken } from "../types/client.ts";
import type { Clock, Transport, TransportConnection, TransportEvent } from "../types/ports.ts";
import { Credit } from "./credit.ts";
import { FollowSession } from "./follow-session.ts";
import { step } from "./machine.ts";
import { Pulse } from "./pulse.ts";
import type { ServerClock } from "./server-clock.ts";
import { Session, type SessionWorld } from "./session.ts";
import type { Effect, Event, State } from "./state.ts";

/** What talking needs, and whom it tells. */
export interface TalkWorld extends Omit<SessionWorld, "broken"> {
  readonly transport: Transport;
  readonly token: () => Promise<SocketToken>;
  readonly serverClock: ServerClock;
  /** Complete feeds that are not closed. */
  readonly feeds: ReadonlySet<FollowedFeed>;
  /** The state, or what is measured about it, may be another now. */
  readonly changed: () => void;
  /** Somebody changed documents that are kept beside the views. */
  readonly documents: (changed: Changed) => void;
  /** What the viewer may do, or see, was changed. */
  readonly rights: (rights: Rights) => void;
}

/** How I talk: carries out what the machine decides, and tells it what happens. */
export class Talk {
  readonly #world: TalkWorld;
  readonly #clock: Clock;
  #state: State = { kind: "idle" };
  /** Events that came while one was being dealt with. */
  readonly #events: Event[] = [];
  #busy = false;
  /** Another for each attempt: what an earlier one still says is not heard. */
  #attempt = 0;
  /** Counts apart, because a connection that is about to be left still serves while the next one's token is fetched. */
  #tokenAttempt = 0;
  #connection: TransportConnection | null = null;
  #credit = 0;
  #session: Session | null = null;
  #follows: FollowSession | null = null;
  #cancelTimer: () => void = () => {};

  constructor(world: TalkWorld) {
    this.#world = world;
    this.#clock = world.clock;
  }

  get state(): State {
    return this.#state;
  }

  get session(): Session | null {
    return this.#session;
  }

  get follows(): FollowSession | null {
    return this.#follows;
  }

  handle(event: Event): void {
    this.#events.push(event);
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) this.#step(next);
    } finally {
      this.#busy = false;
    }
  }

  opened(view: WatchedView): void {
    this.#session?.open(view);
  }

  closed(view: WatchedView): void {
    this.#session?.close(view);
  }

  #step(event: Event): void {
    const before = this.#state;
    const { state, effects } = step(before, event, { now: this.#clock.now(), random: this.#world.random() });
    this.#state = state;
    if (before.kind === "live" && state.kind !== "live") this.#world.tally.lost(this.#clock.now());
    for (const effect of effects) this.#carryOut(effect);
    if (state !== before) this.#world.changed();
  }

  #carryOut(effect: Effect): void {
    switch (effect.kind) {
      case "fetch_token":
        this.#fetchToken();
        return;
      case "open":
        this.#open(effect.token);
        return;
      case "close":
        this.#close();
        return;
      case "set_timer":
        this.#cancelTimer();
        this.#cancelTimer = this.#clock.setTimer(effect.ms, () => this.handle({ kind: "timer" }));
        return;
      case "cancel_timer":
        this.#cancelTimer();
        return;
      case "subscribe":
        this.#begin();
        return;
      case "probe":
        this.#session?.probe();
        return;
      default:
        effect satisfies never;
    }
  }

  #fetchToken(): void {
    this.#tokenAttempt += 1;
    const attempt = this.#tokenAttempt;
    const tell = (event: Event) => {
      if (attempt === this.#tokenAttempt) this.handle(event);
    };
    // A token source that throws instead of rejecting is the same case.
    new Promise<SocketToken>((resolve) => resolve(this.#world.token())).then(
      ({ token, connectAfterMs }) => tell({ kind: "token", token, connectAfterMs: connectAfterMs ?? 0 }),
      (error: unknown) => tell({ kind: "no_token", problem: error instanceof ProblemError ? error.problem : null }),
    );
  }

  #open(token: string): void {
    this.#attempt += 1;
    const attempt = this.#attempt;
    this.#connection = this.#world.transport.open({ token, protocol: PROTOCOL }, (event) => {
      if (attempt === this.#attempt) this.#hear(event);
    });
  }

  #close(): void {
    this.#attempt += 1;
    this.#tokenAttempt += 1;
    this.#session?.end();
    this.#session = null;
    this.#follows?.end();
    this.#follows = null;
    this.#connection?.close();
    this.#connection = null;
  }

  #begin(): void {
    const connection = this.#connection;
    if (connection === null) return;
    const { serverClock, isHidden, fault, changed } = this.#world;
    const broken = () => this.handle({ kind: "broken" });
    const pulse = new Pulse(
      {
        clock: this.#clock,
        serverClock,
        isHidden,
        measured: changed,
        failed: (why) => {
          fault(why);
          broken();
        },
      },
      connection,
    );
    this.#session = new Session({ ...this.#world, broken }, connection, new Credit(this.#credit), pulse);
    this.#session.begin();
    this.#follows = new FollowSession({ ...this.#world, broken }, connection);
    this.#follows.begin();
  }

  #hear(event: TransportEvent): void {
    switch (event.kind) {
      case "opened":
      case "switched":
        this.handle(event);
        return;
      case "refused": {
        const problem = refusal(event.code);
        this.handle(problem === null ? { kind: "closed" } : { kind: "refused", problem });
        return;
      }
      case "closed":
        this.handle({ kind: "closed" });
        return;
      case "message":
        this.#read(event.name, event.payload);
        return;
      default:
        event satisfies never;
    }
  }

  #read(name: string, payload: unknown): void {
    try {
      this.#message(name, payload);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.#world.fault({ kind: "malformed", message: name, detail: error.message });
      this.handle({ kind: "broken" });
    }
  }

  #message(name: string, payload: unknown): void {
    switch (name) {
      case "hello":
        this.#hello(decodeHello(payload, name));
        return;
      case "frame":
        if (this.#session === null) throw new Malformed(name, "hello before it");
        this.#session.frame(payload);
        return;
      case "page":
        if (this.#follows === null) throw new Malformed(name, "hello before it");
        this.#follows.page(payload);
        return;
      case "closing":
        this.handle({ kind: "closing", reconnectAfterMs: decodeClosing(payload, name).reconnectAfterMs });
        return;
      case "stale": {
        const { since } = decodeStale(payload, name);
        const offsetMs = Math.round(this.#world.serverClock.offsetMs);
        this.handle({ kind: "stale", since: since === null ? null : since - offsetMs });
        return;
      }
      case "changed": {
        const changed = decodeChanged(payload, name);
        if (this.#state.kind === "live") this.#world.documents(changed);
        return;
      }
      case "rights":
        this.#world.rights(decodeRights(payload, name));
        return;
      case "problem": {
        const { view, feed, problem } = decodeProblemMessage(payload, name);
        if (view !== undefined) this.#session?.failed(view, problem);
        else if (feed !== undefined) this.#follows?.failed(feed, problem);
        else this.handle({ kind: "problem", problem });
        return;
      }
      default:
      // A message of a newer server; what matters would have raised the protocol's version.
    }
  }

  #hello(hello: Hello): void {
    if (hello.protocol !== PROTOCOL) {
      this.handle({ kind: "refused", problem: outdated(hello.protocol) });
      return;
    }
    this.#credit = hello.credit;
    this.#world.serverClock.hello(hello.now, this.#clock.now());
    this.handle({ kind: "hello" });
  }
}

function outdated(protocol: number): Problem {
  return {
    code: "protocol_version",
    title: "This page is outdated",
    detail: `The server speaks version ${protocol} of the protocol, this page ${PROTOCOL}: reload the page.`,
    retry: "never",
  };
}
