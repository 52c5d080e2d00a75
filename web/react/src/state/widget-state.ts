import type { ConnectionState, Problem, View } from "@tideboard/client";
import type { Freshness } from "./freshness.ts";

/** What a widget as a whole tells about itself. */
export type WidgetState =
  /** The first data is on its way; never again after that. */
  | { readonly kind: "loading" }
  | { readonly kind: "live" }
  | { readonly kind: "idle"; readonly ageMs: number }
  | { readonly kind: "late"; readonly ageMs: number }
  /** What is shown is what was true then: the page has no connection, or its server none to the events. */
  | { readonly kind: "disconnected"; readonly since: number }
  | { readonly kind: "error"; readonly problem: Problem; readonly retrying: boolean; readonly kept: boolean }
  | { readonly kind: "empty" };

/** How long a cut may last before widgets show it: most are mended sooner. */
const PATIENCE_MS = 1000;

/** Decides what a widget tells, from what its view and the connection tell. The most telling wins. */
export function widgetState(
  view: Pick<View, "state"> | null,
  empty: boolean,
  connection: ConnectionState,
  freshness: Freshness,
  now: number,
): WidgetState {
  if (!view) return { kind: "loading" };
  if (view.state.kind === "failed") {
    return { kind: "error", problem: view.state.problem, retrying: view.state.retrying, kept: !empty };
  }
  const cut = cutSince(connection);
  if (view.state.kind === "loading") return { kind: "loading" };
  if (cut !== null && now - cut > PATIENCE_MS) return { kind: "disconnected", since: cut };
  if (empty) return { kind: "empty" };
  if (cut !== null) return { kind: "live" };
  switch (freshness.kind) {
    case "fresh":
      return { kind: "live" };
    case "idle":
      return { kind: "idle", ageMs: freshness.ageMs };
    case "late":
      return { kind: "late", ageMs: freshness.ageMs };
    default:
      return freshness satisfies never;
  }
}

/** Since when nothing can come; `null` while it can. */
export function cutSince(connection: ConnectionState): number | null {
  switch (connection.kind) {
    case "live":
      return connection.staleSince;
    case "connecting":
    case "waiting":
      return connection.since;
    case "idle":
    case "signed_out":
    case "outdated":
    case "stopped":
      return 0;
    default:
      return connection satisfies never;
  }
}

/** Whether two states look the same, ages being told in whole seconds. */
export function sameState(a: WidgetState, b: WidgetState): boolean {
  if (a.kind !== b.kind) return false;
  if ("ageMs" in a && "ageMs" in b) return Math.floor(a.ageMs / 1000) === Math.floor(b.ageMs / 1000);
  if (a.kind === "disconnected" && b.kind === "disconnected") return a.since === b.since;
  if (a.kind === "error" && b.kind === "error") {
    return a.problem === b.problem && a.retrying === b.retrying && a.kept === b.kept;
  }
  return true;
}
