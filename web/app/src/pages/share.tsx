import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useGrants, useTeams, useUsers } from "../api/admin-queries.ts";
import type { Level } from "../api/endpoints.ts";
import { explain } from "../api/http.ts";
import { type Grant, type Person, people, type Team } from "../api/people.ts";
import { keys } from "../api/queries.ts";
import { SelectField } from "../forms/select-field.tsx";
import { FormError } from "../forms/text-field.tsx";
import { Dialog } from "../shell/dialog.tsx";
import { Cross } from "../shell/icons.tsx";
import { ProblemNote } from "../shell/problem-note.tsx";
import { useToasts } from "../shell/toasts.tsx";
import { peopleTexts } from "../strings/people.ts";
import { strings } from "../strings.ts";

const text = peopleTexts.share;
const EVERYONE = "everyone";

export interface ShareProps {
  readonly dashboard: string;
  readonly title: string;
  readonly onClose: () => void;
}

/** Who may see, and edit, a dashboard. */
export function Share({ dashboard, title, onClose }: ShareProps) {
  const queries = useQueryClient();
  const { data, error, refetch } = useGrants(dashboard);
  const [changed, setChanged] = useState<readonly Grant[] | null>(null);
  const grants = changed ?? data ?? [];
  const save = useMutation({
    mutationFn: () => people.share(dashboard, grants),
    onSuccess: () => {
      useToasts.getState().show({ topic: "share", text: text.saved });
      void queries.invalidateQueries({ queryKey: keys.dashboards });
      onClose();
    },
  });
  return (
    <Dialog
      title={text.title(title)}
      onClose={onClose}
      onSubmit={() => save.mutate()}
      footer={(close) => (
        <>
          <button type="button" className="button" onClick={close}>
            {strings.cancel}
          </button>
          <button type="submit" className="button button-primary" disabled={changed === null || save.isPending}>
            {text.save}
          </button>
        </>
      )}
    >
      <p className="dialog-text">{text.lead}</p>
      {error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : null}
      {/* What comes later does not move the window's edges. */}
      <div className="share">{data ? <Grants grants={grants} onChange={setChanged} /> : null}</div>
      <p className="hint">{text.viewerNote}</p>
      <FormError text={save.error ? explain(save.error) : null} />
    </Dialog>
  );
}

interface GrantsProps {
  readonly grants: readonly Grant[];
  readonly onChange: (grants: readonly Grant[]) => void;
}

const LEVELS: readonly (readonly [Level, string])[] = [
  ["view", text.levels.view],
  ["edit", text.levels.edit],
];

function Grants({ grants, onChange }: GrantsProps) {
  const { data: users } = useUsers();
  const { data: teams } = useTeams();
  const add = useRef<HTMLDivElement>(null);
  const all = grants.find(({ to }) => to === EVERYONE)?.level ?? "none";
  const others = grants.filter(({ to }) => to !== EVERYONE);
  const set = (to: string, level: Level | "none") => {
    const known = grants.some((grant) => grant.to === to);
    if (level === "none") onChange(grants.filter((grant) => grant.to !== to));
    else if (known) onChange(grants.map((grant) => (grant.to === to ? { to, level } : grant)));
    else onChange([...grants, { to, level }]);
  };
  const remove = (to: string) => {
    set(to, "none");
    // The button that was pressed is gone: the focus would be lost.
    add.current?.querySelector("select")?.focus();
  };
  return (
    <>
      <ul className="grants">
        <li className="grant">
          <span className="grant-name">{text.everyone}</span>
          <SelectField<Level | "none">
            label={text.levelOf(text.everyone)}
            quiet
            value={all}
            options={[["none", text.levels.none], ...LEVELS]}
            onChange={(level) => set(EVERYONE, level)}
          />
          <span />
        </li>
        {others.map(({ to, level }) => {
          const { name, note } = named(to, users, teams);
          return (
            <li key={to} className="grant">
              <span className="grant-name">
                {name} <span className="muted">{note}</span>
              </span>
              <SelectField<Level>
                label={text.levelOf(name)}
                quiet
                value={level}
                options={LEVELS}
                onChange={(next) => set(to, next)}
              />
              <button
                type="button"
                className="edit-button"
                aria-label={text.remove(name)}
                title={text.remove(name)}
                onClick={() => remove(to)}
              >
                <Cross />
              </button>
            </li>
          );
        })}
      </ul>
      <div ref={add}>
        <AddGrant grants={grants} users={users ?? []} teams={teams ?? []} onAdd={(to) => set(to, "view")} />
      </div>
    </>
  );
}

interface AddGrantProps {
  readonly grants: readonly Grant[];
  readonly users: readonly Person[];
  readonly teams: readonly Team[];
  readonly onAdd: (to: string) => void;
}

/** Adds whoever is chosen at once; the choice then stands at its beginning again. */
function AddGrant({ grants, users, teams, onAdd }: AddGrantProps) {
  const taken = new Set(grants.map(({ to }) => to));
  const freeTeams = teams.filter(({ id }) => !taken.has(`team:${id}`));
  // Owners and admins see everything as it is.
  const freeUsers = users.filter(
    ({ id, role }) => !taken.has(`user:${id}`) && (role === "editor" || role === "viewer"),
  );
  return (
    <select
      className="input"
      aria-label={text.add}
      value=""
      disabled={freeTeams.length + freeUsers.length === 0}
      onChange={(event) => onAdd(event.target.value)}
    >
      <option value="" disabled>
        {text.add}
      </option>
      {freeTeams.length > 0 ? (
        <optgroup label={text.addTeams}>
          {freeTeams.map(({ id, name }) => (
            <option key={id} value={`team:${id}`}>
              {name}
            </option>
          ))}
        </optgroup>
      ) : null}
      {freeUsers.length > 0 ? (
        <optgroup label={text.addPeople}>
          {freeUsers.map(({ id, name, login }) => (
            <option key={id} value={`user:${id}`}>
              {login ? `${name} (${login})` : name}
            </option>
          ))}
        </optgroup>
      ) : null}
    </select>
  );
}

/** Whom a grant is for, in words. */
function named(to: string, users: readonly Person[] | undefined, teams: readonly Team[] | undefined) {
  const id = to.slice(to.indexOf(":") + 1);
  if (to.startsWith("team:")) {
    return { name: teams?.find((team) => team.id === id)?.name ?? (teams ? text.gone : ""), note: text.team };
  }
  const user = users?.find((candidate) => candidate.id === id);
  return { name: user?.name ?? (users ? text.gone : ""), note: user?.login ?? "" };
}
