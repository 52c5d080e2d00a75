import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTeams, useUsers } from "../../api/admin-queries.ts";
import { explain, faultAt } from "../../api/http.ts";
import { people, type Team } from "../../api/people.ts";
import { keys } from "../../api/queries.ts";
import { Checks } from "../../forms/checks.tsx";
import { FormError, TextField } from "../../forms/text-field.tsx";
import { Dialog } from "../../shell/dialog.tsx";
import { Plus, Trash } from "../../shell/icons.tsx";
import { ProblemNote } from "../../shell/problem-note.tsx";
import { ask } from "../../shell/question.ts";
import { useToasts } from "../../shell/toasts.tsx";
import { peopleTexts } from "../../strings/people.ts";
import { strings } from "../../strings.ts";

const text = peopleTexts.teams;

/** People that something can be shared with together. */
export function TeamsTab() {
  const { data, error, refetch } = useTeams();
  const [open, setOpen] = useState<Team | "new" | null>(null);
  return (
    <>
      <div className="card-head">
        <p className="lead">{text.lead}</p>
        <button type="button" className="button button-primary" onClick={() => setOpen("new")}>
          <Plus />
          {text.create}
        </button>
      </div>
      {error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : null}
      {data && data.length > 0 ? (
        <div className="card card-flush">
          <ul className="rows rows-wide">
            {data.map((team) => (
              <Row key={team.id} team={team} onEdit={() => setOpen(team)} />
            ))}
          </ul>
        </div>
      ) : null}
      {data?.length === 0 ? <p className="muted">{text.none}</p> : null}
      {open === null ? null : <TeamDialog team={open === "new" ? null : open} onClose={() => setOpen(null)} />}
    </>
  );
}

function Row({ team, onEdit }: { team: Team; onEdit: () => void }) {
  const queries = useQueryClient();
  const { data: users } = useUsers();
  const show = useToasts((state) => state.show);
  const remove = useMutation({
    mutationFn: () => people.deleteTeam(team.id),
    onSuccess: () => {
      show({ topic: "people", text: text.removed(team.name) });
      return queries.invalidateQueries({ queryKey: keys.teams });
    },
    onError: (error) => show({ topic: "people", text: explain(error), tone: "bad" }),
  });
  const askFirst = async () => {
    const question = { title: text.removeTitle(team.name), text: text.removeText, act: text.remove, grave: true };
    if (await ask(question)) remove.mutate();
  };
  const names = users?.filter(({ id }) => team.members.includes(id)).map(({ name }) => name) ?? [];
  return (
    <li className="row-item">
      <div className="row-main">
        <p className="row-title">{team.name}</p>
        <p className="row-note">
          {text.members(team.members.length)}
          {names.length === 0 ? null : ` · ${names.join(", ")}`}
        </p>
      </div>
      <div className="row-action">
        <button type="button" className="button button-small" aria-label={text.editLabel(team.name)} onClick={onEdit}>
          {text.edit}
        </button>
        <button
          type="button"
          className="button button-small"
          aria-label={`${text.remove}: ${team.name}`}
          disabled={remove.isPending}
          onClick={() => void askFirst()}
        >
          <Trash />
          {text.remove}
        </button>
      </div>
    </li>
  );
}

function TeamDialog({ team, onClose }: { team: Team | null; onClose: () => void }) {
  const queries = useQueryClient();
  const { data: users } = useUsers();
  const [name, setName] = useState(team?.name ?? "");
  const [members, setMembers] = useState<readonly string[]>(team?.members ?? []);
  const save = useMutation({
    mutationFn: () =>
      team ? people.changeTeam(team.id, name.trim(), members) : people.createTeam(name.trim(), members),
    onSuccess: () => {
      useToasts.getState().show({ topic: "people", text: text.saved(name.trim()) });
      void queries.invalidateQueries({ queryKey: keys.users });
      onClose();
      return queries.invalidateQueries({ queryKey: keys.teams });
    },
  });
  const nameFault = faultAt(save.error, "/name");
  return (
    <Dialog
      title={team ? text.editTitle(team.name) : text.createTitle}
      onClose={onClose}
      onSubmit={() => save.mutate()}
      footer={(close) => (
        <>
          <button type="button" className="button" onClick={close}>
            {strings.cancel}
          </button>
          <button type="submit" className="button button-primary" disabled={save.isPending || name.trim() === ""}>
            {text.save}
          </button>
        </>
      )}
    >
      <TextField
        label={text.name}
        value={name}
        onChange={setName}
        error={nameFault}
        maxLength={100}
        autoComplete="off"
        required
      />
      <Checks
        label={text.people}
        options={users?.map((user) => [user.id, user.login ? `${user.name} (${user.login})` : user.name]) ?? []}
        chosen={members}
        onChange={setMembers}
      />
      <FormError text={save.error && nameFault === null ? explain(save.error) : null} />
    </Dialog>
  );
}
