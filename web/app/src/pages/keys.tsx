import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { type ApiKey, api, type NewApiKey, type Session } from "../api/endpoints.ts";
import { explain } from "../api/http.ts";
import { keys, useApiKeys } from "../api/queries.ts";
import { CopyButton } from "../shell/copy-button.tsx";
import { Header } from "../shell/header.tsx";
import { Trash } from "../shell/icons.tsx";
import { ProblemNote } from "../shell/problem-note.tsx";
import { useToasts } from "../shell/toasts.tsx";
import { strings } from "../strings.ts";

const text = strings.keys;
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** API keys: create, list, revoke. */
export function KeysPage({ session }: { session: Session }) {
  const { data, error, refetch } = useApiKeys();
  const [created, setCreated] = useState<NewApiKey | null>(null);
  return (
    <>
      <Header session={session} title={text.title} />
      <main className="page">
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
        {data && data.length > 0 ? <KeyTable entries={data} /> : null}
        {data?.length === 0 ? <p className="muted">{text.none}</p> : null}
      </main>
    </>
  );
}

function CreateKey({ onCreated }: { onCreated: (key: NewApiKey) => void }) {
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [streams, setStreams] = useState("");
  const create = useMutation({
    mutationFn: () => api.createKey(name.trim(), splitList(streams)),
    onSuccess: (key) => {
      onCreated(key);
      setName("");
      setStreams("");
      return queries.invalidateQueries({ queryKey: keys.apiKeys });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <form className="card form-row" onSubmit={submit}>
      <label className="field">
        <span>{text.name}</span>
        <input
          className="input"
          value={name}
          required
          maxLength={100}
          placeholder={text.namePlaceholder}
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      <label className="field">
        <span>{text.streams}</span>
        <input
          className="input"
          value={streams}
          placeholder={text.all}
          title={text.streamsHint}
          onChange={(event) => setStreams(event.target.value)}
        />
      </label>
      <button type="submit" className="button button-primary" disabled={create.isPending || name.trim() === ""}>
        {text.create}
      </button>
      <p className="hint">{text.streamsHint}</p>
      {create.error ? (
        <p className="field-error" role="alert">
          {explain(create.error)}
        </p>
      ) : null}
    </form>
  );
}

function KeyTable({ entries }: { entries: readonly ApiKey[] }) {
  return (
    <div className="card card-flush scroll-x">
      <table className="list">
        <thead>
          <tr>
            <th scope="col">{text.name}</th>
            <th scope="col">{text.streams}</th>
            <th scope="col">{text.created}</th>
            <th scope="col">{text.lastUsed}</th>
            <th scope="col">
              <span className="tb-hidden">{text.revoke}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <tr key={entry.id}>
              <td>
                {entry.name} <code className="muted">{entry.prefix}…</code>
              </td>
              <td>{entry.streams.length === 0 ? text.all : entry.streams.join(", ")}</td>
              <td className="tb-num">{day.format(entry.createdAt)}</td>
              <td className="tb-num">{entry.lastUsedAt === null ? text.never : day.format(entry.lastUsedAt)}</td>
              <td className="list-action">
                <RevokeButton entry={entry} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function RevokeButton({ entry }: { entry: ApiKey }) {
  const queries = useQueryClient();
  const show = useToasts((state) => state.show);
  const revoke = useMutation({
    mutationFn: () => api.revokeKey(entry.id),
    onSuccess: () => {
      show({ topic: "keys", text: text.revoked(entry.name) });
      return queries.invalidateQueries({ queryKey: keys.apiKeys });
    },
    onError: (error) => show({ topic: "keys", text: explain(error), tone: "bad" }),
  });
  return (
    <button
      type="button"
      className="button button-small"
      disabled={revoke.isPending}
      onClick={() => {
        if (window.confirm(text.revokeSure(entry.name))) revoke.mutate();
      }}
    >
      <Trash />
      {text.revoke}
    </button>
  );
}

function splitList(value: string): string[] {
  return value
    .split(/[\s,]+/)
    .map((part) => part.trim())
    .filter((part) => part !== "");
}
