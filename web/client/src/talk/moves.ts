import type { Problem } from "../generated/wire.ts";
import { backoffMs } from "./backoff.ts";
import type { Attempt, Effect, Outside, State, StateOf, Step } from "./state.ts";

export const TOKEN_TIMEOUT_MS = 15_000;
export const OPEN_TIMEOUT_MS = 10_000;
/** A connection that lasted this long starts the count of attempts anew. */
export const STABLE_MS = 5_000;
const LONGEST_SLOT_MS = 60_000;

/** How long to wait for a slot that the server gave, however far off it is. */
export function slotMs(afterMs: number): number {
  return Math.min(afterMs, LONGEST_SLOT_MS);
}

/** The server does not want this connection: one new token may mend it, if the token was what it did not like. */
export function refused(state: Attempt, problem: Problem, outside: Outside): Step {
  if (problem.code === "protocol_version") return outdated(problem);
  if (problem.code !== "unauthorized") return wait(state, problem, outside);
  if (state.renewed) return signedOut(problem);
  return fetch({ ...state, renewed: true }, [{ kind: "close" }]);
}

/** The attempt that a connection now lost counts as: none at all if it lasted. */
export function lost(state: StateOf<"live">, { now }: Outside): Attempt {
  const stable = now - state.since >= STABLE_MS;
  return { attempt: stable ? 0 : state.attempt, since: now, renewed: !stable && state.renewed };
}

/** Asks for a token, after the effects `before`. */
export function fetch({ attempt, since, renewed }: Attempt, before: readonly Effect[] = []): Step {
  return {
    state: { kind: "fetching", attempt: Math.max(1, attempt), since, renewed },
    effects: [...before, { kind: "set_timer", ms: TOKEN_TIMEOUT_MS }, { kind: "fetch_token" }],
  };
}

export function open({ attempt, since, renewed }: Attempt, token: string): Step {
  return {
    state: { kind: "opening", attempt: Math.max(1, attempt), since, renewed },
    effects: [
      { kind: "open", token },
      { kind: "set_timer", ms: OPEN_TIMEOUT_MS },
    ],
  };
}

export function wait(state: Attempt, problem: Problem | null, outside: Outside): Step {
  return waitUntil(state, backoffMs(state.attempt, outside.random), problem, outside);
}

export function waitUntil({ attempt, since }: Attempt, ms: number, problem: Problem | null, { now }: Outside): Step {
  return {
    state: { kind: "waiting", attempt, since, retryAt: now + ms, problem },
    effects: [{ kind: "close" }, { kind: "set_timer", ms }],
  };
}

export function stop(): Step {
  return { state: { kind: "stopped" }, effects: [{ kind: "close" }, { kind: "cancel_timer" }] };
}

export function signedOut(problem: Problem): Step {
  return { state: { kind: "signed_out", problem }, effects: [{ kind: "close" }, { kind: "cancel_timer" }] };
}

export function outdated(problem: Problem): Step {
  return { state: { kind: "outdated", problem }, effects: [{ kind: "close" }, { kind: "cancel_timer" }] };
}

export function stay(state: State): Step {
  return { state, effects: [] };
}
