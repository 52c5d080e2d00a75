import { type FormEvent, useState } from "react";
import { Link } from "wouter";
import { useTeams, useUsers } from "../../api/admin-queries.ts";
import type { Person } from "../../api/people.ts";
import type { User } from "../../api/session.ts";
import { draftOf, reachOf } from "../../forms/reach.ts";
import { ReachFields } from "../../forms/reach-fields.tsx";
import { Back } from "../../shell/icons.tsx";
import { ProblemNote } from "../../shell/problem-note.tsx";
import { ask } from "../../shell/question.ts";
import { formatDay } from "../../shell/when.ts";
import { peopleTexts } from "../../strings/people.ts";
import { AccessPanel } from "./access-panel.tsx";
import { PersonSignIn } from "./person-sign-in.tsx";
import { RoleSelect } from "./role-select.tsx";
import { usePersonChange, whyNot } from "./use-person-change.ts";
import { PersonTags } from "./users.tsx";

const text = peopleTexts.person;

/** One of the people: what they may do, what they see and why, and help with signing in. */
export function PersonPage({ id, self }: { id: string; self: User }) {
  const { data, error, refetch } = useUsers();
  const person = data?.find((candidate) => candidate.id === id);
  return (
    <>
      <Link href="/people" className="back">
        <Back />
        {text.back}
      </Link>
      {error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : null}
      {data && !person ? <p className="muted">{text.missing}</p> : null}
      {person ? <Loaded person={person} self={self} /> : null}
    </>
  );
}

function Loaded({ person, self }: { person: Person; self: User }) {
  return (
    <>
      <div className="person-head">
        <h2 className="row-title">
          {person.name}
          <PersonTags person={person} self={self} />
        </h2>
        <p className="muted">
          {person.login ?? peopleTexts.noLogin} · {text.since(formatDay(person.createdAt))}
        </p>
      </div>
      <RoleAndState person={person} self={self} />
      <ReachEditor key={JSON.stringify(person.reach)} person={person} self={self} />
      <AccessPanel person={person} />
      <PersonSignIn person={person} self={self} />
    </>
  );
}

function RoleAndState({ person, self }: { person: Person; self: User }) {
  const change = usePersonChange(person);
  const { data: teams } = useTeams();
  const fixed = whyNot(person, self);
  const disable = async () => {
    const question = {
      title: text.disableTitle(person.name),
      text: text.disableText(person.name),
      act: text.disable,
      grave: true,
    };
    if (!(await ask(question))) return;
    change.mutate({ change: { disabled: true }, done: text.disabledDone(person.name) });
  };
  const own = teams?.filter(({ members }) => members.includes(person.id)).map(({ name }) => name) ?? [];
  return (
    <section className="card" aria-labelledby="may-title">
      <h2 id="may-title">{text.may}</h2>
      <div className="columns">
        <RoleSelect person={person} self={self} quiet={false} />
        <div className="field">
          <span>{text.teams}</span>
          <p className="field-text">{own.length === 0 ? text.noTeams : own.join(", ")}</p>
        </div>
      </div>
      {fixed === null ? null : <p className="hint">{fixed}.</p>}
      <div className="row">
        {person.disabledAt === null ? (
          <button
            type="button"
            className="button"
            disabled={fixed !== null || change.isPending}
            onClick={() => void disable()}
          >
            {text.disable}
          </button>
        ) : (
          <>
            <p className="warn">{text.isDisabled(formatDay(person.disabledAt))}</p>
            <button
              type="button"
              className="button"
              disabled={fixed !== null || change.isPending}
              onClick={() => change.mutate({ change: { disabled: false }, done: text.enabledDone(person.name) })}
            >
              {text.enable}
            </button>
          </>
        )}
      </div>
    </section>
  );
}

function ReachEditor({ person, self }: { person: Person; self: User }) {
  const change = usePersonChange(person);
  const [draft, setDraft] = useState(() => draftOf(person.reach));
  const reach = reachOf(draft);
  const same = JSON.stringify(reach) === JSON.stringify(reachOf(draftOf(person.reach)));
  const fixed = person.id === self.id ? null : whyNot(person, self);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate({ change: { reach }, done: text.reachDone(person.name) });
  };
  return (
    <form className="card" onSubmit={submit} aria-labelledby="reach-title">
      <h2 id="reach-title">{text.reach}</h2>
      <p className="hint">{text.reachText}</p>
      <ReachFields draft={draft} onChange={setDraft} />
      <div className="row">
        <button type="submit" className="button" disabled={same || fixed !== null || change.isPending}>
          {text.reachSave}
        </button>
      </div>
    </form>
  );
}
