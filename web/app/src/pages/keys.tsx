import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useApiKeys } from "../api/admin-queries.ts";
import { type ApiKey, apiKeys, type NewApiKey, type Purpose } from "../api/api-keys.ts";
import type { Session } from "../api/endpoints.ts";
import { explain } from "../api/http.ts";
import { keys } from "../api/queries.ts";
import { isAdmin } from "../api/session.ts";
import { EMPTY_REACH, reachOf, summary } from "../forms/reach.ts";
import { ReachFields } from "../forms/reach-fields.tsx";
import { SelectField } from "../forms/select-field.tsx";
import { FormError, TextField } from "../forms/text-field.tsx";
import { CopyButton } from "../shell/copy-button.tsx";
import { Header } from "../shell/header.tsx";
import { Trash } from "../shell/icons.tsx";
import { NoPermission } from "../shell/no-permission.tsx";
import { ProblemNote } from "../shell/problem-note.tsx";
import { ask } from "../shell/question.ts";
import { useToasts } from "../shell/toasts.tsx";
import { formatDay, formatWhen } from "../shell/when.ts";
import { keysTexts } from "../strings/keys.ts";

const text = keysTexts;

/** How long a key may be good for; 0: until it is revoked. */
const EXPIRIES = ["0", "7", "30", "90", "365"] as const;

/** API keys: create, list, revoke. */
export function KeysPage({ session }: { session: Session }) {
  return (
    <>
      <Header session={session} title={text.title} />
      <main className="page">{isAdmin(session.user) ? <Keys /> : <NoPermission />}</main>
    </>
  );
}

function Keys() {
  const { data, error, refetch } = useApiKeys();
  const [created, setCreated] = useState<NewApiKey | null>(null);
  return (
    <>
      <p className="lead">{text.lead}</p>
      <CreateKey onCreated={setCreated} />
      {created ? (
        <div className="secret" role="status">
          <p>
            <strong>{created.name}</strong> · {text.shown}
          </p>
          <div className="command">
            <code>{created.key}</code>
            <CopyButton text={created.key} />
          </div>
        </div>
      ) : null}
      {error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : null}
      {data && data.length > 0 ? (
        <div className="card card-flush">
          <ul className="rows rows-wide">
            {data.map((entry) => (
              <Row key={entry.id} entry={entry} />
            ))}
          </ul>
        </div>
      ) : null}
      {data?.length === 0 ? <p className="muted">{text.none}</p> : null}
    </>
  );
}

function CreateKey({ onCreated }: { onCreated: (key: NewApiKey) => void }) {
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [purpose, setPurpose] = useState<Purpose>("write");
  const [days, setDays] = useState<(typeof EXPIRIES)[number]>("0");
  const [reach, setReach] = useState(EMPTY_REACH);
  const create = useMutation({
    mutationFn: () => {
      const expiry = days === "0" ? {} : { expiresInDays: Number(days) };
      return apiKeys.create({ name: name.trim(), purpose, ...reachOf(reach), ...expiry });
    },
    onSuccess: (key) => {
      onCreated(key);
      setName("");
      setReach(EMPTY_REACH);
      return queries.invalidateQueries({ queryKey: keys.apiKeys });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <form className="card" onSubmit={submit} aria-label={text.create}>
      <div className="columns columns-first">
        <TextField
          label={text.name}
          value={name}
          onChange={setName}
          placeholder={text.namePlaceholder}
          maxLength={100}
          autoComplete="off"
          required
        />
        <SelectField<Purpose>
          label={text.purpose}
          value={purpose}
          options={[
            ["write", text.purposes.write],
            ["read", text.purposes.read],
          ]}
          onChange={setPurpose}
        />
        <SelectField
          label={text.expiry}
          value={days}
          options={EXPIRIES.map((one) => [one, one === "0" ? text.forGood : text.days(Number(one))])}
          onChange={setDays}
        />
      </div>
      <details className="more">
        <summary>{text.limit}</summary>
        <ReachFields draft={reach} tagsHint={text.limitHint[purpose]} onChange={setReach} />
      </details>
      <FormError text={create.error ? explain(create.error) : null} />
      <div className="row">
        <button type="submit" className="button button-primary" disabled={create.isPending || name.trim() === ""}>
          {text.create}
        </button>
      </div>
    </form>
  );
}

function Row({ entry }: { entry: ApiKey }) {
  const { expiresAt, createdBy, createdAt, lastUsedAt } = entry;
  const expired = expiresAt !== null && expiresAt <= Date.now();
  const notes = [
    createdBy === null ? formatDay(createdAt) : text.createdBy(createdBy, formatDay(createdAt)),
    lastUsedAt === null ? text.never : text.lastUsed(formatWhen(lastUsedAt)),
    ...(expiresAt === null || expired ? [] : [text.expires(formatDay(expiresAt))]),
  ];
  return (
    <li className="row-item" data-off={expired ? "" : undefined}>
      <div className="row-main">
        <p className="row-title">
          {entry.name} <code className="muted">{entry.prefix}…</code>
          <span className={entry.purpose === "write" ? "tag" : "tag tag-plain"}>{text.purposes[entry.purpose]}</span>
          {expired ? <span className="tag tag-warn">{text.expired}</span> : null}
        </p>
        <p className="row-note">
          {summary(entry.reach)} · {notes.join(" · ")}
        </p>
      </div>
      <div className="row-action">
        <RevokeButton entry={entry} />
      </div>
    </li>
  );
}

function RevokeButton({ entry }: { entry: ApiKey }) {
  const queries = useQueryClient();
  const show = useToasts((state) => state.show);
  const revoke = useMutation({
    mutationFn: () => apiKeys.revoke(entry.id),
    onSuccess: () => {
      show({ topic: "keys", text: text.revoked(entry.name) });
      return queries.invalidateQueries({ queryKey: keys.apiKeys });
    },
    onError: (error) => show({ topic: "keys", text: explain(error), tone: "bad" }),
  });
  const askFirst = async () => {
    const question = { title: text.revokeTitle(entry.name), text: text.revokeText, act: text.revoke, grave: true };
    if (await ask(question)) revoke.mutate();
  };
  return (
    <button
      type="button"
      className="button button-small"
      aria-label={text.revokeLabel(entry.name)}
      disabled={revoke.isPending}
      onClick={() => void askFirst()}
    >
      <Trash />
      {text.revoke}
    </button>
  );
}
