import type { Asked } from "../asked/asked.ts";
import { type SubscribeMessage, subscribeMessages } from "../asked/subscribe-messages.ts";
import type { Acknowledged, WatchedView } from "../asked/watched-view.ts";
import { Malformed } from "../decode/check.ts";
import { decodeFrame } from "../decode/frame.ts";
import { decodeSubscribed } from "../decode/messages.ts";
import type { Frame, Problem, Reason } from "../generated/wire.ts";
import { isLostLog } from "../told/lost-log.ts";
import type { ResumeTally } from "../told/resume-tally.ts";
import type { AppliedPart, Told } from "../told/told.ts";
import type { Fault } from "../types/client.ts";
import type { Rebuild, ResumeSummary } from "../types/connection.ts";
import type { Clock, TransportConnection } from "../types/ports.ts";
import { retryMs } from "./backoff.ts";
import type { Credit } from "./credit.ts";
import type { Latency } from "./latency.ts";
import type { Pulse } from "./pulse.ts";
import { Timers } from "./timers.ts";

const ANSWER_TIMEOUT_MS = 10_000;

/** What a session works on, and whom it tells. */
export interface SessionWorld {
  readonly clock: Clock;
  readonly random: () => number;
  readonly asked: Asked;
  readonly told: Told;
  readonly tally: ResumeTally;
  readonly latency: Latency;
  readonly isHidden: () => boolean;
  readonly fault: (fault: Fault) => void;
  readonly resumed: (summary: ResumeSummary) => void;
  readonly rebuilt: (rebuild: Rebuild) => void;
  /** This connection cannot be gone on with: come back, with what is held. */
  readonly broken: () => void;
}

/** One connection from the greeting to its end: subscribing, frames, credit. */
export class Session {
  readonly #world: SessionWorld;
  readonly #connection: TransportConnection;
  readonly #credit: Credit;
  readonly #pulse: Pulse;
  /** Views that the server has been asked for and has not refused. */
  readonly #open = new Set<WatchedView>();
  readonly #toOpen = new Set<WatchedView>();
  readonly #toClose = new Set<string>();
  /** Views whose cells were claimed. */
  #claimed: ReadonlySet<WatchedView> = new Set();
  /** Streams that have had a frame in this connection. */
  readonly #moved = new Set<string>();
  readonly #timers: Timers;
  #flushPlanned = false;
  #ended = false;

  constructor(world: SessionWorld, connection: TransportConnection, credit: Credit, pulse: Pulse) {
    this.#world = world;
    this.#timers = new Timers(world.clock);
    this.#connection = connection;
    this.#credit = credit;
    this.#pulse = pulse;
  }

  /** Asks for everything, claiming what is held. */
  begin(): void {
    const { asked, told, tally, clock } = this.#world;
    const held = streamsHeld(asked.views);
    told.keepOnly(held);
    const messages = subscribeMessages(asked.views, "claim", (stream) => told.positionOf(stream));
    this.#claimed = new Set([...asked.views].filter((view) => view.held));
    // Of a stream without an event there is no position, and maybe never a frame.
    const resumed = [...held].filter((stream) => told.positionOf(stream) !== undefined);
    tally.back(clock.now(), resumed);
    for (const message of messages) this.#subscribe(message);
    this.#pulse.begin();
  }

  /** Opens the view soon, together with others that are asked for in the same breath. */
  open(view: WatchedView): void {
    if (this.#open.has(view)) return;
    this.#toOpen.add(view);
    this.#planFlush();
  }

  close(view: WatchedView): void {
    this.#toOpen.delete(view);
    if (!this.#open.delete(view)) return;
    this.#toClose.add(view.id);
    this.#planFlush();
  }

  frame(payload: unknown): void {
    const { told, clock } = this.#world;
    const frame = decodeFrame(payload, "frame");
    this.#pulse.heard(frame.now);
    const outcome = told.apply(frame);
    switch (outcome.kind) {
      case "incomplete":
        return;
      case "applied":
        this.#applied(frame, outcome.parts, clock.now());
        return;
      case "out_of_step":
        this.#break({ kind: "out_of_step", stream: outcome.stream });
        return;
      case "malformed":
        this.#break({ kind: "malformed", message: "frame", detail: outcome.detail });
        return;
      default:
        outcome satisfies never;
    }
  }

  /** The server has given up a view. */
  failed(id: string, problem: Problem): void {
    const view = this.#world.asked.byId(id);
    if (view !== undefined) this.#fail(view, problem);
  }

  /** The page is shown again. */
  shown(): void {
    this.#grant(this.#credit.shown());
    this.#pulse.measure();
  }

  probe(): void {
    this.#pulse.probe();
  }

  end(): void {
    this.#ended = true;
    this.#timers.end();
    this.#pulse.end();
    for (const view of this.#world.asked.views) view.connectionEnded();
    this.#world.told.connectionEnded();
  }

  #applied(frame: Frame, parts: readonly AppliedPart[], at: number): void {
    const { tally, latency, resumed, isHidden } = this.#world;
    const resuming = tally.concerns(frame);
    const catchingUp = resuming || parts.some(({ part }) => part.replace !== undefined);
    if (frame.accepted !== undefined && !catchingUp && !isHidden()) latency.applied(frame.accepted, at);
    const summary = tally.applied(frame, parts, this.#claimed, at);
    for (const stream of Object.keys(frame.to ?? {})) this.#moved.add(stream);
    this.#grant(this.#credit.applied(frame.seq, isHidden()));
    for (const view of new Set(parts.map((part) => part.view))) this.#notify(view);
    if (summary !== null) resumed(summary);
    const rebuild = resuming ? null : rebuildBy(parts, at);
    if (rebuild !== null) this.#world.rebuilt(rebuild);
  }

  #grant(until: number | null): void {
    if (until !== null) this.#connection.send("credit", { until });
  }

  #planFlush(): void {
    if (this.#flushPlanned) return;
    this.#flushPlanned = true;
    this.#timers.after(0, () => {
      this.#flushPlanned = false;
      this.#flush();
    });
  }

  #flush(): void {
    const { told } = this.#world;
    if (this.#toClose.size > 0) this.#connection.send("unsubscribe", { views: [...this.#toClose] });
    this.#toClose.clear();
    const messages = subscribeMessages(this.#toOpen, "anew", (stream) =>
      this.#moved.has(stream) ? undefined : told.positionOf(stream),
    );
    this.#toOpen.clear();
    for (const message of messages) this.#subscribe(message);
  }

  #subscribe({ views, message }: SubscribeMessage): void {
    for (const view of views) this.#open.add(view);
    const ids = message.views.map(({ id }) => id);
    const late = this.#timers.after(ANSWER_TIMEOUT_MS, () => this.#break({ kind: "unanswered", message: "subscribe" }));
    this.#connection.request("subscribe", message, (payload) => {
      if (this.#ended) return;
      late();
      try {
        this.#subscribed(ids, payload);
      } catch (error) {
        if (!(error instanceof Malformed)) throw error;
        this.#break({ kind: "malformed", message: "subscribed", detail: error.message });
      }
    });
  }

  #subscribed(ids: readonly string[], payload: unknown): void {
    const { views } = decodeSubscribed(payload, "subscribed");
    const answers = new Map(views.map((answer) => [answer.id, answer]));
    for (const id of ids) {
      const answer = answers.get(id);
      if (answer === undefined) throw new Malformed("subscribed.views", `an entry for ${id}`);
      const view = this.#world.asked.byId(id);
      if (view === undefined) continue;
      if ("problem" in answer) this.#fail(view, answer.problem);
      else this.#acknowledge(view, answer);
    }
  }

  #acknowledge(view: WatchedView, answer: Acknowledged): void {
    const { version } = view;
    view.acknowledged(answer);
    if (view.version !== version) this.#notify(view);
  }

  #notify(view: WatchedView): void {
    view.notify((error) => this.#world.fault({ kind: "listener", error }));
  }

  #fail(view: WatchedView, problem: Problem): void {
    const { asked, random } = this.#world;
    this.#open.delete(view);
    asked.rename(view);
    const retrying = problem.retry === "after_delay" || problem.retry === "resync";
    view.failed(problem, retrying);
    if (retrying) {
      this.#timers.after(retryMs(view.failures, random()), () => {
        if (asked.has(view)) this.open(view);
      });
    }
    this.#notify(view);
  }

  #break(fault: Fault): void {
    this.#world.fault(fault);
    this.#world.broken();
  }
}

/** What a frame says of a log that lost events; `null` if nothing. */
function rebuildBy(parts: readonly AppliedPart[], at: number): Rebuild | null {
  const views = new Set<WatchedView>();
  const reasons = new Set<Reason>();
  for (const { view, part } of parts) {
    if (part.reason === undefined || !isLostLog(part.reason)) continue;
    views.add(view);
    reasons.add(part.reason);
  }
  return views.size === 0 ? null : { at, views: views.size, reasons: [...reasons] };
}

/** Streams of which there are cells that go by the position. */
function streamsHeld(views: Iterable<WatchedView>): ReadonlySet<string> {
  const streams = new Set<string>();
  for (const view of views) {
    if (view.held) streams.add(view.stream);
  }
  return streams;
}
