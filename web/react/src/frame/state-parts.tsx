import type { QuerySpec } from "@tideboard/client";
import { formatClock, formatDuration } from "../format/time.ts";
import type { WidgetState } from "../state/widget-state.ts";
import { strings } from "../strings.ts";

/** A word about the state, in the widget's header. A live widget needs none. */
export function StateChip({ state }: { state: WidgetState }) {
  const text = chipText(state);
  return text === "" ? null : (
    <span className="tb-state tb-num" data-state={state.kind}>
      {text}
    </span>
  );
}

function chipText(state: WidgetState): string {
  switch (state.kind) {
    case "idle":
      return strings.idle(state.ageMs);
    case "late":
      return strings.late(state.ageMs);
    case "disconnected":
      return state.since > 0 ? strings.since(formatClock(state.since)) : "";
    case "loading":
    case "live":
    case "error":
    case "empty":
      return "";
    default:
      return state satisfies never;
  }
}

/** What stands in for the picture, or over the kept one. Nothing while there is a picture to see. */
export function StateCover({
  state,
  query,
  onRetry,
}: {
  state: WidgetState;
  query: QuerySpec | undefined;
  onRetry: () => void;
}) {
  if (state.kind === "loading") {
    return (
      <div className="tb-cover tb-skeleton" role="status">
        <span className="tb-hidden">{strings.loading}</span>
      </div>
    );
  }
  if (state.kind === "empty") {
    return (
      <div className="tb-cover">
        <p className="tb-cover-title">{query?.shape === "feed" ? strings.emptyFeedTitle : strings.emptyTitle}</p>
        <p className="tb-cover-text">{whyEmpty(query)}</p>
      </div>
    );
  }
  if (state.kind !== "error") return null;
  return (
    <div className="tb-cover" data-over={state.kept ? "" : undefined} role="alert">
      <p className="tb-cover-title">{state.problem.title}</p>
      <p className="tb-cover-text">{state.problem.detail}</p>
      <p className="tb-cover-text">{strings.advice[state.problem.retry]}</p>
      {state.problem.retry === "never" ? null : (
        <button type="button" className="tb-button" onClick={onRetry}>
          {strings.retry}
        </button>
      )}
    </div>
  );
}

function whyEmpty(query: QuerySpec | undefined): string {
  if (!query) return "";
  if (query.shape === "feed") return strings.emptyFeed(query.stream);
  const range = query.range;
  if (!range || !("last" in range)) return strings.emptyNever(query.stream);
  const filtered = query.where !== undefined && query.where.length > 0;
  return (filtered ? strings.emptyFilter : strings.emptyRange)(formatDuration(range.last));
}
