import { useMutation, useQueryClient } from "@tanstack/react-query";
import { account, type SignedInSession } from "../../api/account.ts";
import { useOwnSessions } from "../../api/admin-queries.ts";
import { explain } from "../../api/http.ts";
import { keys } from "../../api/queries.ts";
import { ProblemNote } from "../../shell/problem-note.tsx";
import { ask } from "../../shell/question.ts";
import { useToasts } from "../../shell/toasts.tsx";
import { accountTexts } from "../../strings/account.ts";
import { deviceOf } from "../device.ts";
import { SessionList } from "../session-list.tsx";

const text = accountTexts.sessions;

export function OwnSessions() {
  const { data, error, refetch } = useOwnSessions();
  const queries = useQueryClient();
  const show = useToasts((state) => state.show);
  const fresh = () => queries.invalidateQueries({ queryKey: keys.ownSessions });
  const failed = (failure: unknown) => show({ topic: "sessions", text: explain(failure), tone: "bad" });
  const end = useMutation({
    mutationFn: ({ id }: SignedInSession) => account.endSession(id),
    onSuccess: (_, ended) => {
      show({ topic: "sessions", text: text.ended(deviceOf(ended.userAgent)) });
      return fresh();
    },
    onError: failed,
  });
  const endOthers = useMutation({
    mutationFn: account.endOtherSessions,
    onSuccess: ({ ended }) => {
      show({ topic: "sessions", text: text.endedOthers(ended) });
      return fresh();
    },
    onError: failed,
  });
  const askFirst = async () => {
    const question = { title: text.endOthersTitle, text: text.endOthersText, act: text.endOthers };
    if (await ask(question)) endOthers.mutate();
  };
  const others = data?.filter(({ current }) => !current).length ?? 0;
  return (
    <section className="card" aria-labelledby="sessions-title">
      <div className="card-head">
        <h2 id="sessions-title">{text.title}</h2>
        <button
          type="button"
          className="button button-small"
          disabled={others === 0 || endOthers.isPending}
          onClick={() => void askFirst()}
        >
          {text.endOthers}
        </button>
      </div>
      {error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : null}
      {data ? (
        <SessionList
          sessions={data}
          action={(session) =>
            session.current ? null : (
              <button
                type="button"
                className="button button-small"
                aria-label={text.endLabel(deviceOf(session.userAgent))}
                disabled={end.isPending}
                onClick={() => end.mutate(session)}
              >
                {text.end}
              </button>
            )
          }
        />
      ) : null}
    </section>
  );
}
