import { explain } from "../api/http.ts";
import { strings } from "../strings.ts";

/** Says what went wrong, in place of what should be there. */
export function ProblemNote({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  return (
    <div className="note" role="alert">
      <p className="note-title">{strings.problem}</p>
      <p>{explain(error)}</p>
      {onRetry ? (
        <button type="button" className="button" onClick={onRetry}>
          {strings.retry}
        </button>
      ) : null}
    </div>
  );
}
