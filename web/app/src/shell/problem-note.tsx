import { explain, isForbidden } from "../api/http.ts";
import { strings } from "../strings.ts";
import { NoPermission } from "./no-permission.tsx";

/** Says what went wrong, in place of what should be there. */
export function ProblemNote({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  if (isForbidden(error)) return <NoPermission />;
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
