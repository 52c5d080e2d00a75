import { useState } from "react";
import { Link } from "wouter";
import { useUsers } from "../../api/admin-queries.ts";
import type { Person } from "../../api/people.ts";
import type { User } from "../../api/session.ts";
import { summary } from "../../forms/reach.ts";
import { ProblemNote } from "../../shell/problem-note.tsx";
import { formatAgo, isNow } from "../../shell/when.ts";
import { peopleTexts } from "../../strings/people.ts";
import { RoleSelect } from "./role-select.tsx";

const text = peopleTexts;

/** From so many people on, a filter helps. */
const WORTH_FILTERING = 8;

/** All who can sign in. */
export function UsersTab({ self }: { self: User }) {
  const { data, error, refetch } = useUsers();
  const [filter, setFilter] = useState("");
  const wanted = filter.trim().toLowerCase();
  const shown = data?.filter(({ name, login }) => `${name} ${login ?? ""}`.toLowerCase().includes(wanted));
  if (error) return <ProblemNote error={error} onRetry={() => void refetch()} />;
  return (
    <>
      {data && data.length >= WORTH_FILTERING ? (
        <input
          className="input"
          type="search"
          placeholder={text.filter}
          aria-label={text.filter}
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
      ) : null}
      {shown && shown.length > 0 ? (
        <div className="card card-flush">
          <ul className="rows rows-wide">
            {shown.map((person) => (
              <Row key={person.id} person={person} self={self} />
            ))}
          </ul>
        </div>
      ) : null}
      {shown?.length === 0 ? <p className="muted">{text.noMatch}</p> : null}
    </>
  );
}

function Row({ person, self }: { person: Person; self: User }) {
  const limited = person.reach.streams.length > 0 || Object.keys(person.reach.tags).length > 0;
  return (
    <li className="row-item" data-off={person.disabledAt === null ? undefined : ""}>
      <div className="row-main">
        <p className="row-title">
          <Link href={`/people/${encodeURIComponent(person.id)}`}>{person.name}</Link>
          <PersonTags person={person} self={self} />
        </p>
        <p className="row-note">
          {person.login ?? text.noLogin} · {lastSeen(person)}
          {limited ? ` · ${summary(person.reach)}` : null}
        </p>
      </div>
      <div className="row-action row-select">
        <RoleSelect person={person} self={self} quiet />
      </div>
    </li>
  );
}

/** What is special about someone. */
export function PersonTags({ person, self }: { person: Person; self: User }) {
  return (
    <>
      {person.id === self.id ? <span className="tag">{text.you}</span> : null}
      {person.disabledAt === null ? null : <span className="tag tag-warn">{text.disabled}</span>}
      {person.hasTotp ? <span className="tag tag-plain">{text.secondFactor}</span> : null}
      {person.hasPassword ? null : <span className="tag tag-plain">{text.noPassword}</span>}
    </>
  );
}

function lastSeen({ lastSeenAt, sessions }: Person): string {
  if (lastSeenAt === null) return text.never;
  return sessions > 0 && isNow(lastSeenAt) ? text.activeNow : text.seen(formatAgo(lastSeenAt));
}
