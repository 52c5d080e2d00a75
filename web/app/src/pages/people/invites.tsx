import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useInvites, useTeams } from "../../api/admin-queries.ts";
import { explain, faultAt } from "../../api/http.ts";
import { type Invite, type Offer, people } from "../../api/people.ts";
import { keys } from "../../api/queries.ts";
import { type Role, rolesOf, type User } from "../../api/session.ts";
import { Checks } from "../../forms/checks.tsx";
import { EMPTY_REACH, reachOf, summary } from "../../forms/reach.ts";
import { ReachFields } from "../../forms/reach-fields.tsx";
import { SelectField } from "../../forms/select-field.tsx";
import { FormError, TextField } from "../../forms/text-field.tsx";
import { CopyButton } from "../../shell/copy-button.tsx";
import { Trash } from "../../shell/icons.tsx";
import { ProblemNote } from "../../shell/problem-note.tsx";
import { ask } from "../../shell/question.ts";
import { useToasts } from "../../shell/toasts.tsx";
import { formatWhen } from "../../shell/when.ts";
import { peopleTexts } from "../../strings/people.ts";
import { strings } from "../../strings.ts";

const text = peopleTexts.invites;
const DAYS = ["1", "3", "7", "14", "30"] as const;

/** Who is invited, and inviting. */
export function InvitesTab({ user }: { user: User }) {
  const { data, error, refetch } = useInvites();
  const [offer, setOffer] = useState<Offer | null>(null);
  return (
    <>
      <CreateInvite user={user} onCreated={setOffer} />
      {offer ? (
        <div className="secret" role="status">
          <p>{text.shown(formatWhen(offer.expiresAt))}</p>
          <div className="command">
            <code>{offer.url}</code>
            <CopyButton text={offer.url} />
          </div>
        </div>
      ) : null}
      {error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : null}
      {data && data.length > 0 ? (
        <section className="card card-flush" aria-label={text.open}>
          <ul className="rows rows-wide">
            {data.map((invite) => (
              <Row key={invite.id} invite={invite} />
            ))}
          </ul>
        </section>
      ) : null}
      {data?.length === 0 ? <p className="muted">{text.none}</p> : null}
    </>
  );
}

function CreateInvite({ user, onCreated }: { user: User; onCreated: (offer: Offer) => void }) {
  const queries = useQueryClient();
  const { data: known } = useTeams();
  const [note, setNote] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [days, setDays] = useState<(typeof DAYS)[number]>("7");
  const [teams, setTeams] = useState<readonly string[]>([]);
  const [reach, setReach] = useState(EMPTY_REACH);
  const create = useMutation({
    mutationFn: () => people.invite({ note: note.trim(), role, reach: reachOf(reach), teams, days: Number(days) }),
    onSuccess: (offer) => {
      onCreated(offer);
      setNote("");
      setTeams([]);
      setReach(EMPTY_REACH);
      return queries.invalidateQueries({ queryKey: keys.invites });
    },
  });
  const noteFault = faultAt(create.error, "/note");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <form className="card" onSubmit={submit} aria-labelledby="invite-title">
      <h2 id="invite-title">{text.title}</h2>
      <div className="columns columns-first">
        <TextField
          label={text.note}
          value={note}
          onChange={setNote}
          placeholder={text.notePlaceholder}
          error={noteFault}
          maxLength={200}
          autoComplete="off"
          required
        />
        <SelectField<Role>
          label={text.role}
          value={role}
          options={[...rolesOf(user)].reverse().map((one) => [one, strings.roles[one]])}
          onChange={setRole}
        />
        <SelectField
          label={text.days}
          value={days}
          options={DAYS.map((one) => [one, text.dayCount(Number(one))])}
          onChange={setDays}
        />
      </div>
      <p className="hint">{peopleTexts.roleText[role]}</p>
      {known && known.length > 0 ? (
        <Checks
          label={text.teams}
          options={known.map(({ id, name }) => [id, name])}
          chosen={teams}
          onChange={setTeams}
        />
      ) : null}
      <details className="more">
        <summary>{text.limit}</summary>
        <ReachFields draft={reach} onChange={setReach} />
      </details>
      <FormError text={create.error && noteFault === null ? explain(create.error) : null} />
      <div className="row">
        <button type="submit" className="button button-primary" disabled={create.isPending || note.trim() === ""}>
          {text.create}
        </button>
      </div>
    </form>
  );
}

function Row({ invite }: { invite: Invite }) {
  const queries = useQueryClient();
  const show = useToasts((state) => state.show);
  const name = invite.note === "" ? text.unnamed : invite.note;
  const until = formatWhen(invite.expiresAt);
  const limited = invite.reach.streams.length > 0 || Object.keys(invite.reach.tags).length > 0;
  const revoke = useMutation({
    mutationFn: () => people.revokeInvite(invite.id),
    onSuccess: () => {
      show({ topic: "people", text: text.revoked });
      return queries.invalidateQueries({ queryKey: keys.invites });
    },
    onError: (error) => show({ topic: "people", text: explain(error), tone: "bad" }),
  });
  const askFirst = async () => {
    const question = { title: text.revokeTitle(name), text: text.revokeText, act: text.revoke, grave: true };
    if (await ask(question)) revoke.mutate();
  };
  return (
    <li className="row-item">
      <div className="row-main">
        <p className="row-title">
          {name}
          <span className="tag">{strings.roles[invite.role]}</span>
        </p>
        <p className="row-note">
          {invite.createdBy ? text.by(invite.createdBy, until) : text.until(until)}
          {limited ? ` · ${summary(invite.reach)}` : null}
        </p>
      </div>
      <div className="row-action">
        <button
          type="button"
          className="button button-small"
          aria-label={text.revokeLabel(name)}
          disabled={revoke.isPending}
          onClick={() => void askFirst()}
        >
          <Trash />
          {text.revoke}
        </button>
      </div>
    </li>
  );
}
