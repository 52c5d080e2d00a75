import type { ConnectionState } from "@tideboard/client";
import { useClient } from "@tideboard/react";
import { useEffect, useState } from "react";

/** Numbers in the pill change no more often than this. */
const CALM_MS = 1000;
/** How long nothing may come before that is said: most cuts are mended sooner. */
const PATIENCE_MS = 1000;

/** How long to go on showing `shown`, of `shownAt`, before `next` may take its place. */
export function calmMs(shown: ConnectionState, shownAt: number, next: ConnectionState, now: number): number {
  if (mood(shown) === mood(next)) return Math.max(0, shownAt + CALM_MS - now);
  const since = nothingSince(next);
  return since === null ? 0 : Math.max(0, since + PATIENCE_MS - now);
}

/** States of the same mood differ in mere numbers. */
function mood(state: ConnectionState): string {
  return state.kind === "live" && state.staleSince !== null ? "stale" : state.kind;
}

/** Since when nothing comes any more, while that may pass by itself. */
function nothingSince(state: ConnectionState): number | null {
  switch (state.kind) {
    case "live":
      return state.staleSince;
    case "connecting":
      return state.again ? state.since : null;
    case "waiting":
      return state.since;
    case "idle":
    case "signed_out":
    case "outdated":
    case "stopped":
      return null;
    default:
      return state satisfies never;
  }
}

/** The connection without its blips: another mood as soon as it is worth telling, mere numbers once a second. */
export function useCalmConnection(): ConnectionState {
  const { connection } = useClient();
  const [state, setState] = useState(() => connection.get());
  useEffect(() => {
    let shown = connection.get();
    let shownAt = 0;
    let timer: number | undefined;
    const update = () => {
      window.clearTimeout(timer);
      const next = connection.get();
      const now = Date.now();
      const waitMs = calmMs(shown, shownAt, next, now);
      if (waitMs > 0) {
        timer = window.setTimeout(update, waitMs);
        return;
      }
      shown = next;
      shownAt = now;
      setState(next);
    };
    update();
    const stop = connection.subscribe(update);
    return () => {
      stop();
      window.clearTimeout(timer);
    };
  }, [connection]);
  return state;
}
