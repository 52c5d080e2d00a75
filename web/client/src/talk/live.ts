import type { Problem } from "../generated/wire.ts";
import { backoffMs } from "./backoff.ts";
import {
  fetch,
  lost,
  open,
  outdated,
  refused,
  signedOut,
  slotMs,
  stay,
  stop,
  TOKEN_TIMEOUT_MS,
  wait,
  waitUntil,
} from "./moves.ts";
import type { Event, Outside, StateOf, Step } from "./state.ts";

type Live = StateOf<"live">;

/** One step of a connection that stands. */
export function live(state: Live, event: Event, outside: Outside): Step {
  switch (event.kind) {
    case "closed":
      return closed(state, outside);
    case "broken":
      return wait(lost(state, outside), null, outside);
    case "closing":
      return untilSlot(state, slotMs(event.reconnectAfterMs), 0, outside);
    case "timer":
      return timer(state, outside);
    case "token":
      return token(state, event, outside);
    case "no_token":
      return noToken(state, event.problem, outside);
    case "refused":
      return refused(lost(state, outside), event.problem, outside);
    case "problem":
      return whole(state, event.problem, outside);
    case "stale":
      return stay(event.since === state.staleSince ? state : { ...state, staleSince: event.since });
    case "switched":
      return stay({ ...state, transport: event.transport });
    case "wake":
      return { state, effects: [{ kind: "probe" }] };
    case "stop":
      return stop();
    case "start":
    case "opened":
    case "hello":
      return stay(state);
    default:
      return event satisfies never;
  }
}

/** The slot is kept, whoever ends the connection before it comes. */
function closed(state: Live, outside: Outside): Step {
  const { leaving } = state;
  const left = lost(state, outside);
  switch (leaving?.step) {
    case undefined:
      return wait(left, null, outside);
    case "until_slot":
      return waitUntil(left, Math.max(0, leaving.at - outside.now), null, outside);
    case "asking":
      return fetch(left, [{ kind: "close" }]);
    case "queued": {
      const { slotAt, token: held } = leaving;
      const ms = Math.max(0, slotAt - outside.now);
      return {
        state: { kind: "queued", ...left, slotAt, token: held },
        effects: [{ kind: "close" }, { kind: "set_timer", ms }],
      };
    }
    default:
      return leaving satisfies undefined;
  }
}

function timer(state: Live, outside: Outside): Step {
  const { leaving } = state;
  switch (leaving?.step) {
    case undefined:
      return stay(state);
    case "until_slot":
      return {
        state: { ...state, leaving: { step: "asking", failures: leaving.failures } },
        effects: [{ kind: "set_timer", ms: TOKEN_TIMEOUT_MS }, { kind: "fetch_token" }],
      };
    case "asking":
      return noToken(state, null, outside);
    case "queued":
      return goOver(state, leaving.token, outside);
    default:
      return leaving satisfies undefined;
  }
}

/** Only now is the old connection given up, with the new one a handshake away. */
function goOver(state: Live, held: string, outside: Outside): Step {
  const { state: next, effects } = open(lost(state, outside), held);
  return { state: next, effects: [{ kind: "close" }, ...effects] };
}

function token(state: Live, event: Extract<Event, { kind: "token" }>, outside: Outside): Step {
  if (state.leaving?.step !== "asking") return stay(state);
  if (event.connectAfterMs <= 0) return goOver(state, event.token, outside);
  const ms = slotMs(event.connectAfterMs);
  const leaving = { step: "queued", slotAt: outside.now + ms, token: event.token } as const;
  return { state: { ...state, leaving }, effects: [{ kind: "set_timer", ms }] };
}

/** This connection still serves: a reason to be patient, unless the right to have one is gone. */
function noToken(state: Live, problem: Problem | null, outside: Outside): Step {
  const { leaving } = state;
  if (leaving?.step !== "asking") return stay(state);
  if (problem?.retry === "after_sign_in") return signedOut(problem);
  const failures = leaving.failures + 1;
  return untilSlot(state, backoffMs(failures, outside.random), failures, outside);
}

function untilSlot(state: Live, ms: number, failures: number, { now }: Outside): Step {
  return {
    state: { ...state, leaving: { step: "until_slot", at: now + ms, failures } },
    effects: [{ kind: "set_timer", ms }],
  };
}

/** A problem with the whole of the connection: only some end it. */
function whole(state: Live, problem: Problem, outside: Outside): Step {
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
