import type { ConnectionState } from "@tideboard/client";
import { formatClock, useClient } from "@tideboard/react";
import { strings } from "../strings.ts";
import { useCalmConnection } from "./calm-connection.ts";

const text = strings.connection;

/** Whether this page is live, and how live. */
export function ConnectionPill() {
  const state = useCalmConnection();
  const { label, since, tone, why } = describe(state);
  const client = useClient();
  const act =
    state.kind === "outdated" ? () => location.reload() : state.kind === "waiting" ? () => client.wake() : null;
  if (act) {
    return (
      <button
        type="button"
        className="pill tb-num"
        data-tone={tone}
        title={why || text.tryNow}
        data-testid="connection"
        onClick={act}
      >
        <i className="pill-dot" />
        <span>
          {label}
          <Since time={since} />
        </span>
      </button>
    );
  }
  return (
    <span className="pill tb-num" data-tone={tone} title={why} data-testid="connection">
      <i className="pill-dot" />
      <span>
        {tone === "live" && label !== text.live ? <span className="pill-word">{text.live} · </span> : null}
        {label}
        <Since time={since} />
      </span>
    </span>
  );
}

/** When it began; the word before it only where there is room. */
function Since({ time }: { time: number | undefined }) {
  if (time === undefined) return null;
  return (
    <>
      <span className="pill-word"> {text.since}</span> {formatClock(time)}
    </>
  );
}

interface Description {
  readonly label: string;
  /** Since when, local time. */
  readonly since?: number;
  readonly tone: "live" | "busy" | "bad";
  readonly why: string;
}

/** What the pill says of a connection. */
export function describe(state: ConnectionState): Description {
  switch (state.kind) {
    case "live": {
      if (state.staleSince !== null) {
        return { label: text.stale, since: state.staleSince, tone: "bad", why: text.staleWhy };
      }
      const latency = state.latencyMs === null ? text.live : text.latency(state.latencyMs);
      const polling = state.transport === "polling";
      return {
        label: polling ? `${latency} · ${text.polling}` : latency,
        tone: "live",
        why: polling ? text.pollingWhy : text.latencyWhy,
      };
    }
    case "idle":
      return { label: text.connecting, tone: "busy", why: "" };
    case "connecting":
      return !state.again && state.attempt <= 1
        ? { label: text.connecting, tone: "busy", why: "" }
        : { label: text.reconnecting, since: state.since, tone: "bad", why: "" };
    case "waiting":
      return {
        label: text.reconnecting,
        since: state.since,
        tone: "bad",
        why: state.problem?.detail ?? "",
      };
    case "signed_out":
      return { label: text.signedOut, tone: "bad", why: state.problem.detail };
    case "outdated":
      return { label: text.outdated, tone: "bad", why: state.problem.detail };
    case "stopped":
      return { label: text.stopped, tone: "bad", why: "" };
    default:
      return state satisfies never;
  }
}
