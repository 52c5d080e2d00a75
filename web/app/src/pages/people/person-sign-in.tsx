import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useUserSessions } from "../../api/admin-queries.ts";
import { explain } from "../../api/http.ts";
import { type Person, people } from "../../api/people.ts";
import { keys } from "../../api/queries.ts";
import type { User } from "../../api/session.ts";
import { FormError } from "../../forms/text-field.tsx";
import { CopyButton } from "../../shell/copy-button.tsx";
import { ProblemNote } from "../../shell/problem-note.tsx";
import { ask } from "../../shell/question.ts";
import { useToasts } from "../../shell/toasts.tsx";
import { formatWhen } from "../../shell/when.ts";
import { peopleTexts } from "../../strings/people.ts";
import { SessionList } from "../session-list.tsx";
import { whyNot } from "./use-person-change.ts";

const text = peopleTexts.person;

/** Where someone is signed in, and help for who cannot sign in any more. */
export function PersonSignIn({ person, self }: { person: Person; self: User }) {
  const fixed = person.id === self.id ? null : whyNot(person, self);
  return (
    <>
      <section className="card" aria-labelledby="help-title">
        <h2 id="help-title">{text.help}</h2>
        <ResetLink person={person} disabled={fixed !== null} />
        {person.hasTotp ? <DropTotp person={person} disabled={fixed !== null} /> : null}
      </section>
      <Sessions person={person} disabled={fixed !== null} />
    </>
  );
}

interface PartProps {
  readonly person: Person;
  readonly disabled: boolean;
}

function ResetLink({ person, disabled }: PartProps) {
  const make = useMutation({ mutationFn: () => people.resetLink(person.id) });
  return (
    <>
      <div className="row">
        <button type="button" className="button" disabled={disabled || make.isPending} onClick={() => make.mutate()}>
          {text.resetLink}
        </button>
      </div>
      <FormError text={make.error ? explain(make.error) : null} />
      {make.data ? (
        <div className="secret" role="status">
          <p>{text.resetText(formatWhen(make.data.expiresAt))}</p>
          <div className="command">
            <code>{make.data.url}</code>
            <CopyButton text={make.data.url} />
          </div>
        </div>
      ) : null}
    </>
  );
}

function DropTotp({ person, disabled }: PartProps) {
  const queries = useQueryClient();
  const show = useToasts((state) => state.show);
  const drop = useMutation({
    mutationFn: () => people.dropTotp(person.id),
    onSuccess: () => {
      show({ topic: "people", text: text.dropTotpDone });
      return queries.invalidateQueries({ queryKey: keys.users });
    },
    onError: (error) => show({ topic: "people", text: explain(error), tone: "bad" }),
  });
  const askFirst = async () => {
    const title = text.dropTotpTitle(person.name);
    if (await ask({ title, text: text.dropTotpText, act: text.dropTotpAct, grave: true })) drop.mutate();
  };
  return (
    <div className="row">
      <button type="button" className="button" disabled={disabled || drop.isPending} onClick={() => void askFirst()}>
        {text.dropTotp}
      </button>
    </div>
  );
}

function Sessions({ person, disabled }: PartProps) {
  const { data, error, refetch } = useUserSessions(person.id);
  const queries = useQueryClient();
  const show = useToasts((state) => state.show);
  const end = useMutation({
    mutationFn: () => people.endSessions(person.id),
    onSuccess: () => {
      show({ topic: "people", text: text.endSessionsDone(person.name) });
      void queries.invalidateQueries({ queryKey: keys.users });
      return queries.invalidateQueries({ queryKey: keys.userSessions(person.id) });
    },
    onError: (failure) => show({ topic: "people", text: explain(failure), tone: "bad" }),
  });
  const askFirst = async () => {
    const title = text.endSessionsTitle(person.name);
    if (await ask({ title, text: text.endSessionsText, act: text.endSessions, grave: true })) end.mutate();
  };
  return (
    <section className="card" aria-labelledby="person-sessions-title">
      <div className="card-head">
        <h2 id="person-sessions-title">{text.sessions}</h2>
        <button
          type="button"
          className="button button-small"
          disabled={disabled || !data || data.length === 0 || end.isPending}
          onClick={() => void askFirst()}
        >
          {text.endSessions}
        </button>
      </div>
      {error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : null}
      {data ? <SessionList sessions={data} /> : null}
    </section>
  );
}
