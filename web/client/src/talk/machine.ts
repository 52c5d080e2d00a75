import type { Problem } from "../generated/wire.ts";
import type { TransportKind } from "../types/ports.ts";
import { backoffMs } from "./backoff.ts";

/** Where the connection stands, inside. `attempt` counts attempts in a row; `since` is when there was one last. */
export type State =
  | { readonly kind: "idle" }
  | { readonly kind: "fetching"; readonly attempt: number; readonly since: number; readonly renewed: boolean }
  /** Let in, but only when `slotAt` comes: others return too. */
  | {
      readonly kind: "queued";
      readonly attempt: number;
      readonly since: number;
      readonly renewed: boolean;
      readonly slotAt: number;
      readonly token: string;
    }
  | { readonly kind: "opening"; readonly attempt: number; readonly since: number; readonly renewed: boolean }
  /** Let in, but not greeted yet. */
  | {
      readonly kind: "opened";
      readonly attempt: number;
      readonly since: number;
      readonly renewed: boolean;
      readonly transport: TransportKind;
    }
  /** `returnAt`: the server will stop, and wants us back then. */
  | {
      readonly kind: "live";
      readonly attempt: number;
      readonly since: number;
      readonly renewed: boolean;
      readonly transport: TransportKind;
      readonly returnAt: number | null;
    }
  | {
      readonly kind: "waiting";
      readonly attempt: number;
      readonly since: number;
      readonly retryAt: number;
      readonly problem: Problem | null;
    }
  | { readonly kind: "signed_out"; readonly problem: Problem }
  | { readonly kind: "outdated"; readonly problem: Problem }
  | { readonly kind: "stopped" };

/** Everything that can happen to it. */
export type Event =
  | { readonly kind: "start" }
  | { readonly kind: "stop" }
  | { readonly kind: "wake" }
  | { readonly kind: "timer" }
  /** `connectAfterMs`: when the server has a slot for us. */
  | { readonly kind: "token"; readonly token: string; readonly connectAfterMs: number }
  /** `problem`: what the token's source said, if it said something. */
  | { readonly kind: "no_token"; readonly problem: Problem | null }
  | { readonly kind: "opened"; readonly transport: TransportKind }
  | { readonly kind: "switched"; readonly transport: TransportKind }
  | { readonly kind: "hello" }
  /** The server said no, or speaks another version. */
  | { readonly kind: "refused"; readonly problem: Problem }
  | { readonly kind: "closed" }
  /** It still stands, but cannot be gone on with. */
  | { readonly kind: "broken" }
  | { readonly kind: "closing"; readonly reconnectAfterMs: number }
  | { readonly kind: "problem"; readonly problem: Problem };

/** What to do about it, in order. */
export type Effect =
  | { readonly kind: "fetch_token" }
  | { readonly kind: "open"; readonly token: string }
  /** End the connection, or what is left of it. */
  | { readonly kind: "close" }
  /** Replaces a timer set before. */
  | { readonly kind: "set_timer"; readonly ms: number }
  | { readonly kind: "cancel_timer" }
  /** Subscribe to everything asked. */
  | { readonly kind: "subscribe" }
  /** Make sure that the other end still answers. */
  | { readonly kind: "probe" };

export interface Step {
  readonly state: State;
  readonly effects: readonly Effect[];
}

/** What the outside contributes to a step. */
export interface Outside {
  readonly now: number;
  /** In [0, 1). */
  readonly random: number;
}

export const TOKEN_TIMEOUT_MS = 15_000;
export const OPEN_TIMEOUT_MS = 10_000;
/** A connection that lasted this long starts the count of attempts anew. */
export const STABLE_MS = 5_000;
const LONGEST_RETURN_MS = 60_000;

type Of<K extends State["kind"]> = Extract<State, { kind: K }>;
type Resting = Of<"idle" | "stopped" | "signed_out" | "outdated">;
type Trying = Of<"opening" | "opened">;

/** One step of the connection: pure, every state and event decided. */
export function step(state: State, event: Event, outside: Outside): Step {
  switch (state.kind) {
    case "idle":
    case "stopped":
    case "signed_out":
    case "outdated":
      return resting(state, event, outside);
    case "fetching":
      return fetching(state, event, outside);
    case "queued":
      return queued(state, event);
    case "opening":
    case "opened":
      return trying(state, event, outside);
    case "live":
      return live(state, event, outside);
    case "waiting":
      return waiting(state, event);
    default:
      return state satisfies never;
  }
}

function resting(state: Resting, event: Event, { now }: Outside): Step {
  switch (event.kind) {
    case "start":
      return fetch({ attempt: 1, since: now, renewed: false });
    case "stop":
      return { state: { kind: "stopped" }, effects: [] };
    case "wake":
    case "timer":
    case "token":
    case "no_token":
    case "opened":
    case "switched":
    case "hello":
    case "refused":
    case "closed":
    case "broken":
    case "closing":
    case "problem":
      return stay(state);
    default:
      return event satisfies never;
  }
}

function fetching(state: Of<"fetching">, event: Event, outside: Outside): Step {
  switch (event.kind) {
    case "token": {
      if (event.connectAfterMs <= 0) return open(state, event.token);
      const { attempt, since, renewed } = state;
      const ms = Math.min(event.connectAfterMs, LONGEST_RETURN_MS);
      return {
        state: { kind: "queued", attempt, since, renewed, slotAt: outside.now + ms, token: event.token },
        effects: [{ kind: "set_timer", ms }],
      };
    }
    case "no_token":
      if (event.problem?.retry === "after_sign_in") return signedOut(event.problem);
      return wait(state, event.problem, outside);
    case "timer":
      return wait(state, null, outside);
    case "stop":
      return stop();
    case "start":
    case "wake":
    case "opened":
    case "switched":
    case "hello":
    case "refused":
    case "closed":
    case "broken":
    case "closing":
    case "problem":
      return stay(state);
    default:
      return event satisfies never;
  }
}

/** A slot is kept, whatever wakes us: others have theirs. */
function queued(state: Of<"queued">, event: Event): Step {
  switch (event.kind) {
    case "timer":
      return open(state, state.token);
    case "stop":
      return stop();
    case "start":
    case "wake":
    case "token":
    case "no_token":
    case "opened":
    case "switched":
    case "hello":
    case "refused":
    case "closed":
    case "broken":
    case "closing":
    case "problem":
      return stay(state);
    default:
      return event satisfies never;
  }
}

function trying(state: Trying, event: Event, outside: Outside): Step {
  switch (event.kind) {
    case "opened":
    case "switched":
      return stay({ ...state, kind: "opened", transport: event.transport });
    case "hello": {
      // A server that greets before the transport said that it is open breaks the order, not the connection.
      const transport = state.kind === "opened" ? state.transport : "websocket";
      const { attempt, renewed } = state;
      return {
        state: { kind: "live", attempt, renewed, since: outside.now, transport, returnAt: null },
        effects: [{ kind: "cancel_timer" }, { kind: "subscribe" }],
      };
    }
    case "refused":
    case "problem":
      return refused(state, event.problem, outside);
    case "closing":
      return waitUntil(state, Math.min(event.reconnectAfterMs, LONGEST_RETURN_MS), null, outside);
    case "closed":
    case "broken":
    case "timer":
      return wait(state, null, outside);
    case "stop":
      return stop();
    case "start":
    case "wake":
    case "token":
    case "no_token":
      return stay(state);
    default:
      return event satisfies never;
  }
}

function live(state: Of<"live">, event: Event, outside: Outside): Step {
  switch (event.kind) {
    case "closed":
      if (state.returnAt !== null) {
        return waitUntil(lost(state, outside), Math.max(0, state.returnAt - outside.now), null, outside);
      }
      return wait(lost(state, outside), null, outside);
    case "broken":
      return wait(lost(state, outside), null, outside);
    case "closing": {
      const ms = Math.min(event.reconnectAfterMs, LONGEST_RETURN_MS);
      return { state: { ...state, returnAt: outside.now + ms }, effects: [{ kind: "set_timer", ms }] };
    }
    case "timer":
      return state.returnAt === null ? stay(state) : fetch(lost(state, outside), [{ kind: "close" }]);
    case "refused":
      return refused(lost(state, outside), event.problem, outside);
    case "problem":
      return liveProblem(state, event.problem, outside);
    case "switched":
      return stay({ ...state, transport: event.transport });
    case "wake":
      return { state, effects: [{ kind: "probe" }] };
    case "stop":
      return stop();
    case "start":
    case "token":
    case "no_token":
    case "opened":
    case "hello":
      return stay(state);
    default:
      return event satisfies never;
  }
}

function waiting(state: Of<"waiting">, event: Event): Step {
  switch (event.kind) {
    case "timer":
      return fetch({ attempt: state.attempt + 1, since: state.since, renewed: false });
    case "wake":
      return fetch({ attempt: 1, since: state.since, renewed: false });
    case "stop":
      return stop();
    case "start":
    case "token":
    case "no_token":
    case "opened":
    case "switched":
    case "hello":
    case "refused":
    case "closed":
    case "broken":
    case "closing":
    case "problem":
      return stay(state);
    default:
      return event satisfies never;
  }
}

interface Attempt {
  readonly attempt: number;
  readonly since: number;
  readonly renewed: boolean;
}

/** A problem with the whole of a live connection: only some end it. */
function liveProblem(state: Of<"live">, problem: Problem, outside: Outside): Step {
  if (problem.code === "shutting_down") return wait(lost(state, outside), problem, outside);
  switch (problem.retry) {
    case "after_sign_in":
      return refused(lost(state, outside), problem, outside);
    case "resync":
      return wait(lost(state, outside), problem, outside);
    case "never":
    case "after_delay":
      return problem.code === "protocol_version" ? outdated(problem) : stay(state);
    default:
      return problem.retry satisfies never;
  }
}

/** The server does not want this connection: one new token may mend it, if the token was what it did not like. */
function refused(state: Attempt, problem: Problem, outside: Outside): Step {
  if (problem.code === "protocol_version") return outdated(problem);
  if (problem.code !== "unauthorized") return wait(state, problem, outside);
  if (state.renewed) return signedOut(problem);
  return fetch({ ...state, renewed: true }, [{ kind: "close" }]);
}

/** The attempt that a connection now lost counts as: none at all if it lasted. */
function lost(state: Of<"live">, { now }: Outside): Attempt {
  const stable = now - state.since >= STABLE_MS;
  return { attempt: stable ? 0 : state.attempt, since: now, renewed: !stable && state.renewed };
}

function fetch({ attempt, since, renewed }: Attempt, before: readonly Effect[] = []): Step {
  return {
    state: { kind: "fetching", attempt: Math.max(1, attempt), since, renewed },
    effects: [...before, { kind: "set_timer", ms: TOKEN_TIMEOUT_MS }, { kind: "fetch_token" }],
  };
}

function open({ attempt, since, renewed }: Attempt, token: string): Step {
  return {
    state: { kind: "opening", attempt, since, renewed },
    effects: [
      { kind: "open", token },
      { kind: "set_timer", ms: OPEN_TIMEOUT_MS },
    ],
  };
}

function wait(state: Attempt, problem: Problem | null, outside: Outside): Step {
  return waitUntil(state, backoffMs(state.attempt, outside.random), problem, outside);
}

function waitUntil({ attempt, since }: Attempt, ms: number, problem: Problem | null, { now }: Outside): Step {
  return {
    state: { kind: "waiting", attempt, since, retryAt: now + ms, problem },
    effects: [{ kind: "close" }, { kind: "set_timer", ms }],
  };
}

function stop(): Step {
  return { state: { kind: "stopped" }, effects: [{ kind: "close" }, { kind: "cancel_timer" }] };
}

function signedOut(problem: Problem): Step {
  return { state: { kind: "signed_out", problem }, effects: [{ kind: "close" }, { kind: "cancel_timer" }] };
}

function outdated(problem: Problem): Step {
  return { state: { kind: "outdated", problem }, effects: [{ kind: "close" }, { kind: "cancel_timer" }] };
}

function stay(state: State): Step {
  return { state, effects: [] };
}
