import type { Problem } from "../generated/wire.ts";
import type { TransportKind } from "../types/ports.ts";

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
  | {
      readonly kind: "live";
      readonly attempt: number;
      readonly since: number;
      readonly renewed: boolean;
      readonly transport: TransportKind;
      /** The server is cut off from the events, and told nothing of what came after this (local time). */
      readonly staleSince: number | null;
      /** The server will stop: the way to the next connection, while this one still serves. */
      readonly leaving: Leaving | null;
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

/** How far we are in leaving a server that will stop. */
export type Leaving =
  /** Our slot comes at `at`; so many times we had no token then. */
  | { readonly step: "until_slot"; readonly at: number; readonly failures: number }
  | { readonly step: "asking"; readonly failures: number }
  /** Let in elsewhere, but only when `slotAt` comes. */
  | { readonly step: "queued"; readonly slotAt: number; readonly token: string };

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
  /** The server is cut off from the events since then (local time); `null`: no longer. */
  | { readonly kind: "stale"; readonly since: number | null }
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

/** What an attempt to connect carries from state to state. */
export interface Attempt {
  readonly attempt: number;
  readonly since: number;
  readonly renewed: boolean;
}

export type StateOf<K extends State["kind"]> = Extract<State, { kind: K }>;
