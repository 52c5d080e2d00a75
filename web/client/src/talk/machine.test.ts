import { describe, expect, it } from "vitest";
import type { Problem } from "../generated/wire.ts";
import { step } from "./machine.ts";
import { STABLE_MS } from "./moves.ts";
import type { Effect, Event, Leaving, State } from "./state.ts";

const now = 100_000;
const outside = { now, random: 0.5 };

function problem(code: Problem["code"], retry: Problem["retry"]): Problem {
  return { code, title: "", detail: "", retry };
}

const unauthorized = problem("unauthorized", "after_sign_in");
const overloaded = problem("overloaded", "after_delay");
const outdated = problem("protocol_version", "never");
const attempt = { attempt: 3, since: 90_000, renewed: false };

const states: { readonly [K in State["kind"]]: Extract<State, { kind: K }> } = {
  idle: { kind: "idle" },
  stopped: { kind: "stopped" },
  signed_out: { kind: "signed_out", problem: unauthorized },
  outdated: { kind: "outdated", problem: outdated },
  fetching: { kind: "fetching", ...attempt },
  queued: { kind: "queued", ...attempt, slotAt: 101_000, token: "t" },
  opening: { kind: "opening", ...attempt },
  opened: { kind: "opened", ...attempt, transport: "polling" },
  live: { kind: "live", ...attempt, transport: "polling", staleSince: null, leaving: null },
  waiting: { kind: "waiting", attempt: 3, since: 90_000, retryAt: 101_000, problem: overloaded },
};

const events: { readonly [K in Event["kind"]]: Extract<Event, { kind: K }> } = {
  start: { kind: "start" },
  stop: { kind: "stop" },
  wake: { kind: "wake" },
  timer: { kind: "timer" },
  token: { kind: "token", token: "t", connectAfterMs: 0 },
  no_token: { kind: "no_token", problem: null },
  opened: { kind: "opened", transport: "websocket" },
  switched: { kind: "switched", transport: "websocket" },
  hello: { kind: "hello" },
  refused: { kind: "refused", problem: overloaded },
  closed: { kind: "closed" },
  broken: { kind: "broken" },
  closing: { kind: "closing", reconnectAfterMs: 900 },
  stale: { kind: "stale", since: 95_000 },
  problem: { kind: "problem", problem: overloaded },
};

const fetchToken = "set_timer 15000, fetch_token";
const idling = (self: State["kind"]): Record<Event["kind"], string> => ({
  start: `fetching 1: ${fetchToken}`,
  stop: "stopped:",
  wake: `${self}:`,
  timer: `${self}:`,
  token: `${self}:`,
  no_token: `${self}:`,
  opened: `${self}:`,
  switched: `${self}:`,
  hello: `${self}:`,
  refused: `${self}:`,
  closed: `${self}:`,
  broken: `${self}:`,
  closing: `${self}:`,
  stale: `${self}:`,
  problem: `${self}:`,
});
const stopped = "stopped: close, cancel_timer";
// Attempt 3 waits for half of a second: 250 ms doubled twice, at random = 0.5.
const backOff = "waiting 3: close, set_timer 500";

/** State × event → the next state, its attempt, and the effects. A missing cell does not compile. */
const table: Record<State["kind"], Record<Event["kind"], string>> = {
  idle: idling("idle"),
  stopped: idling("stopped"),
  signed_out: idling("signed_out"),
  outdated: idling("outdated"),
  fetching: {
    ...idling("fetching"),
    ...repeat("fetching 3:", "start", "wake", "opened", "switched", "hello", "refused", "closed", "broken"),
    ...repeat("fetching 3:", "closing", "stale", "problem"),
    stop: stopped,
    token: "opening 3: open, set_timer 10000",
    no_token: backOff,
    timer: backOff,
  },
  queued: {
    ...idling("queued"),
    ...repeat("queued 3:", "start", "wake", "token", "no_token", "opened", "switched", "hello", "refused", "closed"),
    ...repeat("queued 3:", "broken", "closing", "stale", "problem"),
    timer: "opening 3: open, set_timer 10000",
    stop: stopped,
  },
  opening: {
    ...repeat("opening 3:", "start", "wake", "token", "no_token", "stale"),
    opened: "opened 3:",
    switched: "opened 3:",
    hello: "live 3: cancel_timer, subscribe",
    refused: backOff,
    problem: backOff,
    closing: "waiting 3: close, set_timer 900",
    closed: backOff,
    broken: backOff,
    timer: backOff,
    stop: stopped,
  },
  opened: {
    ...repeat("opened 3:", "start", "wake", "token", "no_token", "opened", "switched", "stale"),
    hello: "live 3: cancel_timer, subscribe",
    refused: backOff,
    problem: backOff,
    closing: "waiting 3: close, set_timer 900",
    closed: backOff,
    broken: backOff,
    timer: backOff,
    stop: stopped,
  },
  live: {
    ...repeat("live 3:", "start", "token", "no_token", "opened", "switched", "hello", "timer", "problem", "stale"),
    wake: "live 3: probe",
    closing: "live 3: set_timer 900",
    // It was there for longer than it takes to count as stable.
    refused: "waiting 0: close, set_timer 125",
    closed: "waiting 0: close, set_timer 125",
    broken: "waiting 0: close, set_timer 125",
    stop: stopped,
  },
  waiting: {
    ...repeat("waiting 3:", "start", "token", "no_token", "opened", "switched", "hello", "refused", "closed"),
    ...repeat("waiting 3:", "broken", "closing", "stale", "problem"),
    timer: `fetching 4: ${fetchToken}`,
    wake: `fetching 1: ${fetchToken}`,
    stop: stopped,
  },
};

function repeat<K extends Event["kind"]>(cell: string, ...kinds: K[]): Record<K, string> {
  return Object.fromEntries(kinds.map((kind) => [kind, cell])) as Record<K, string>;
}

function effectText(effect: Effect): string {
  return effect.kind === "set_timer" ? `set_timer ${effect.ms}` : effect.kind;
}

function cell(state: State, event: Event): string {
  const { state: next, effects } = step(state, event, outside);
  const count = "attempt" in next ? ` ${next.attempt}` : "";
  return `${next.kind}${count}: ${effects.map(effectText).join(", ")}`.trim();
}

describe("every state decides every event", () => {
  for (const state of Object.values(states)) {
    it(`${state.kind} decides every event`, () => {
      const cells = Object.fromEntries(Object.values(events).map((event) => [event.kind, cell(state, event)]));
      expect(cells).toEqual(table[state.kind]);
    });
  }
});

const leaving: { readonly [S in Leaving["step"]]: Extract<Leaving, { step: S }> } = {
  until_slot: { step: "until_slot", at: now + 600, failures: 0 },
  asking: { step: "asking", failures: 0 },
  queued: { step: "queued", slotAt: now + 600, token: "held" },
};

/** What differs from a connection that stays. */
const leavingTable: Record<Leaving["step"], Partial<Record<Event["kind"], string>>> = {
  until_slot: { timer: `live 3: ${fetchToken}`, closed: "waiting 0: close, set_timer 600" },
  asking: {
    token: "opening 1: close, open, set_timer 10000",
    no_token: "live 3: set_timer 125",
    timer: "live 3: set_timer 125",
    closed: `fetching 1: close, ${fetchToken}`,
  },
  queued: { timer: "opening 1: close, open, set_timer 10000", closed: "queued 0: close, set_timer 600" },
};

describe("a connection that is being left decides every event", () => {
  for (const way of Object.values(leaving)) {
    it(way.step, () => {
      const state = { ...states.live, leaving: way };
      const cells = Object.fromEntries(Object.values(events).map((event) => [event.kind, cell(state, event)]));
      expect(cells).toEqual({ ...table.live, ...leavingTable[way.step] });
    });
  }
});

describe("a refusal", () => {
  it("of the token is answered with one new token at once, then with signed_out", () => {
    const first = step(states.opened, { kind: "refused", problem: unauthorized }, outside);
    expect(first.state).toMatchObject({ kind: "fetching", renewed: true, attempt: 3 });
    const again = step({ ...states.opened, renewed: true }, { kind: "refused", problem: unauthorized }, outside);
    expect(again.state).toEqual({ kind: "signed_out", problem: unauthorized });
  });

  it("by the token's source ends in signed_out", () => {
    const { state } = step(states.fetching, { kind: "no_token", problem: unauthorized }, outside);
    expect(state).toEqual({ kind: "signed_out", problem: unauthorized });
  });

  it("for the version ends in outdated, wherever it comes", () => {
    for (const state of [states.opening, states.opened, states.live]) {
      expect(step(state, { kind: "refused", problem: outdated }, outside).state.kind).toBe("outdated");
      expect(step(state, { kind: "problem", problem: outdated }, outside).state.kind).toBe("outdated");
    }
  });

  it("tells the waiting state its reason", () => {
    const { state } = step(states.opened, { kind: "refused", problem: overloaded }, outside);
    expect(state).toMatchObject({ kind: "waiting", problem: overloaded, retryAt: now + 500 });
  });
});

describe("a live connection", () => {
  const young = { ...states.live, since: now - STABLE_MS + 1 };

  it("that was cut before it was stable counts as a failed attempt, so that no loop is hot", () => {
    expect(step(young, { kind: "closed" }, outside).state).toMatchObject({ kind: "waiting", attempt: 3 });
  });

  it("whose right is revoked fetches one new token, and is signed out if that does not last either", () => {
    const revoked: Event = { kind: "problem", problem: unauthorized };
    expect(step(states.live, revoked, outside).state).toMatchObject({ kind: "fetching", renewed: true });
    expect(step({ ...young, renewed: true }, revoked, outside).state.kind).toBe("signed_out");
    expect(step({ ...states.live, renewed: true }, revoked, outside).state.kind).toBe("fetching");
  });

  it("that the server asks to resync comes back with what it holds", () => {
    const { state } = step(states.live, { kind: "problem", problem: problem("internal", "resync") }, outside);
    expect(state.kind).toBe("waiting");
  });

  it("keeps its slot for the return when it is cut before", () => {
    const { state } = step(states.live, { kind: "closing", reconnectAfterMs: 900 }, outside);
    const cut = step(state, { kind: "closed" }, { now: now + 300, random: 0.9 });
    expect(cut.state).toMatchObject({ kind: "waiting", retryAt: now + 900, since: now + 300 });
    expect(cut.effects).toContainEqual({ kind: "set_timer", ms: 600 });
  });

  it("that is told to leave serves until the next one is a handshake away", () => {
    let state: State = states.live;
    const kinds: string[] = [];
    const happens = (event: Event) => {
      const next = step(state, event, outside);
      state = next.state;
      kinds.push(state.kind);
      return next.effects.map((effect) => effect.kind);
    };
    happens({ kind: "closing", reconnectAfterMs: 900 });
    happens({ kind: "timer" });
    expect(happens({ kind: "token", token: "t", connectAfterMs: 400 })).toEqual(["set_timer"]);
    expect(kinds).toEqual(["live", "live", "live"]);
    expect(happens({ kind: "timer" })).toEqual(["close", "open", "set_timer"]);
    expect(state).toMatchObject({ kind: "opening", since: now });
  });

  it("that is told to leave keeps asking for a token, ever less often, unless the right to one is gone", () => {
    let state: State = { ...states.live, leaving: leaving.asking };
    const waits: unknown[] = [];
    for (let tries = 0; tries < 3; tries += 1) {
      const asked = step(state, { kind: "no_token", problem: overloaded }, outside);
      waits.push(asked.effects);
      state = step(asked.state, events.timer, outside).state;
    }
    expect(waits.flat()).toEqual([125, 250, 500].map((ms) => ({ kind: "set_timer", ms })));
    expect(step(state, { kind: "no_token", problem: unauthorized }, outside).state.kind).toBe("signed_out");
  });

  it("says since when its server is cut off, and a new one starts without that", () => {
    const stale = step(states.live, events.stale, outside).state;
    expect(stale).toEqual({ ...states.live, staleSince: 95_000 });
    expect(step(stale, events.stale, outside).state, "told twice").toBe(stale);
    expect(step(stale, { kind: "stale", since: null }, outside).state).toEqual(states.live);
    expect(step(states.opened, events.hello, outside).state).toMatchObject({ kind: "live", staleSince: null });
  });

  it("does not wait longer than a minute for a server that says so", () => {
    const { state } = step(states.live, { kind: "closing", reconnectAfterMs: 1e12 }, outside);
    expect(state).toMatchObject({ leaving: { at: now + 60_000 } });
  });
});
