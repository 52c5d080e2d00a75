import { live } from "./live.ts";
import { fetch, open, refused, signedOut, slotMs, stay, stop, wait, waitUntil } from "./moves.ts";
import type { Event, Outside, State, StateOf, Step } from "./state.ts";

type Resting = StateOf<"idle" | "stopped" | "signed_out" | "outdated">;
type Trying = StateOf<"opening" | "opened">;

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
    case "stale":
    case "problem":
      return stay(state);
    default:
      return event satisfies never;
  }
}

function fetching(state: StateOf<"fetching">, event: Event, outside: Outside): Step {
  switch (event.kind) {
    case "token": {
      if (event.connectAfterMs <= 0) return open(state, event.token);
      const { attempt, since, renewed } = state;
      const ms = slotMs(event.connectAfterMs);
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
    case "stale":
    case "problem":
      return stay(state);
    default:
      return event satisfies never;
  }
}

/** A slot is kept, whatever wakes us: others have theirs. */
function queued(state: StateOf<"queued">, event: Event): Step {
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
    case "stale":
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
        state: { kind: "live", attempt, renewed, since: outside.now, transport, staleSince: null, leaving: null },
        effects: [{ kind: "cancel_timer" }, { kind: "subscribe" }],
      };
    }
    case "refused":
    case "problem":
      return refused(state, event.problem, outside);
    case "closing":
      return waitUntil(state, slotMs(event.reconnectAfterMs), null, outside);
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
    case "stale":
      return stay(state);
    default:
      return event satisfies never;
  }
}

function waiting(state: StateOf<"waiting">, event: Event): Step {
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
    case "stale":
    case "problem":
      return stay(state);
    default:
      return event satisfies never;
  }
}
