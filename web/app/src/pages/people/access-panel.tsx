import type { ReactNode } from "react";
import { useUserAccess } from "../../api/admin-queries.ts";
import type { Ground, Person, PersonAccess } from "../../api/people.ts";
import { Check, Cross } from "../../shell/icons.tsx";
import { ProblemNote } from "../../shell/problem-note.tsx";
import { peopleTexts } from "../../strings/people.ts";
import { strings } from "../../strings.ts";
import { aRole } from "./use-person-change.ts";

const text = peopleTexts.access;

/** What someone can see, and why, in one look. */
export function AccessPanel({ person }: { person: Person }) {
  const { data, error, refetch } = useUserAccess(person.id);
  return (
    <section className="card access" aria-labelledby="access-title">
      <h2 id="access-title">{text.title(person.name)}</h2>
      {error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : null}
      {data ? <Known person={person} access={data} /> : null}
    </section>
  );
}

function Known({ person, access }: { person: Person; access: PersonAccess }) {
  const { role, reach, abilities, dashboards, streams } = access;
  const tags = Object.entries(reach.tags);
  return (
    <>
      <div>
        <p className="hint">{text.lead(strings.roles[role].toLowerCase())}</p>
        <ul className="abilities">
          {abilities.map((ability) => (
            <li key={ability}>{text.abilities[ability] ?? ability.replaceAll("_", " ")}</li>
          ))}
        </ul>
      </div>
      <div>
        <h3>{text.dashboards}</h3>
        {dashboards.length === 0 ? <p className="muted">{text.noDashboards}</p> : null}
        <ul className="access-list">
          {dashboards.map(({ id, title, level, because }) => (
            <Entry key={id} name={title} allowed={level !== null}>
              <b>{text.levels[level ?? "none"]}</b>, {ground(because, person, access)}
            </Entry>
          ))}
        </ul>
      </div>
      <div>
        <h3>{text.streams}</h3>
        {tags.length > 0 ? (
          <p className="hint">
            {text.onlyTags}{" "}
            {tags.map(([tag, values]) => (
              <code key={tag} className="pair-code">
                {tag}={values.join(peopleTexts.reach.or)}
              </code>
            ))}
          </p>
        ) : null}
        {streams.length === 0 ? <p className="muted">{text.noStreams}</p> : null}
        <ul className="access-list">
          {streams.map(({ name, allowed }) => (
            <Entry key={name} name={name} allowed={allowed}>
              <b>{allowed ? text.allowed : text.notAllowed}</b>
            </Entry>
          ))}
        </ul>
      </div>
    </>
  );
}

function Entry({ name, allowed, children }: { name: string; allowed: boolean; children: ReactNode }) {
  return (
    <li className="access-entry" data-allowed={allowed}>
      {allowed ? <Check /> : <Cross />}
      <span className="access-name">{name}</span>
      <span className="access-why">{children}</span>
    </li>
  );
}

function ground(because: Ground, person: Person, { role }: PersonAccess): string {
  switch (because.kind) {
    case "role":
      return text.because.role(aRole(role));
    case "everyone":
      return text.because.everyone;
    case "user":
      return text.because.user(person.name);
    case "team":
      return text.because.team(because.team ?? "");
    case "none":
      return text.because.none;
    default:
      return because.kind satisfies never;
  }
}
