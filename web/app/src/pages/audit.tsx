import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useAudit } from "../api/admin-queries.ts";
import type { Session } from "../api/endpoints.ts";
import { explain } from "../api/http.ts";
import { type AuditEntry, people } from "../api/people.ts";
import { isAdmin } from "../api/session.ts";
import { SelectField } from "../forms/select-field.tsx";
import { Header } from "../shell/header.tsx";
import { NoPermission } from "../shell/no-permission.tsx";
import { ProblemNote } from "../shell/problem-note.tsx";
import { useToasts } from "../shell/toasts.tsx";
import { formatWhen } from "../shell/when.ts";
import { auditTexts } from "../strings/audit.ts";

const text = auditTexts;

type Kind = keyof typeof text.kinds;

/** What an action's name begins with, by kind. */
const OF_KIND: Readonly<Record<Kind, readonly string[]>> = {
  all: [""],
  session: ["session."],
  user: ["user."],
  invite: ["invite.", "user.invite", "link."],
  team: ["team."],
  dashboard: ["dashboard."],
  key: ["key.", "signing_key."],
};

/** Who did what. */
export function AuditPage({ session }: { session: Session }) {
  return (
    <>
      <Header session={session} title={text.title} />
      <main className="page">{isAdmin(session.user) ? <Audit /> : <NoPermission />}</main>
    </>
  );
}

function Audit() {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useAudit();
  const [filter, setFilter] = useState("");
  const [kind, setKind] = useState<Kind>("all");
  const entries = data?.pages.flatMap((page) => page.entries);
  const shown = entries?.filter((entry) => fits(entry, kind, filter.trim().toLowerCase()));
  const filtered = kind !== "all" || filter.trim() !== "";
  return (
    <>
      <div className="card-head">
        <p className="lead">{text.lead}</p>
        <ExportButton />
      </div>
      <div className="filters">
        <input
          className="input"
          type="search"
          placeholder={text.filter}
          aria-label={text.filter}
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
        <SelectField<Kind>
          label={text.kind}
          quiet
          value={kind}
          options={(Object.keys(text.kinds) as Kind[]).map((one) => [one, text.kinds[one]])}
          onChange={setKind}
        />
      </div>
      {error && !data ? <ProblemNote error={error} onRetry={() => void refetch()} /> : null}
      {shown && shown.length > 0 ? (
        <div className="card card-flush">
          <ol className="rows rows-wide rows-dense">
            {shown.map((entry) => (
              <Row key={entry.number} entry={entry} />
            ))}
          </ol>
        </div>
      ) : null}
      {shown?.length === 0 ? <p className="muted">{nothing(filtered, hasNextPage)}</p> : null}
      {entries && entries.length > 0 ? (
        <div className="row row-centred">
          {hasNextPage ? (
            <button type="button" className="button" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              {text.more}
            </button>
          ) : (
            <p className="muted">{text.end}</p>
          )}
        </div>
      ) : null}
    </>
  );
}

function nothing(filtered: boolean, more: boolean): string {
  if (!filtered) return text.none;
  return more ? text.noMatch : text.noMatchAtAll;
}

function fits(entry: AuditEntry, kind: Kind, wanted: string): boolean {
  if (!OF_KIND[kind].some((start) => entry.action.startsWith(start))) return false;
  if (wanted === "") return true;
  return `${sentence(entry)} ${entry.action} ${entry.address ?? ""} ${details(entry)}`.toLowerCase().includes(wanted);
}

function ExportButton() {
  const show = useToasts((state) => state.show);
  const save = useMutation({
    mutationFn: people.exportAudit,
    onSuccess: (file) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(file);
      link.download = text.exportFile;
      link.click();
      // The browser has begun to read it by then.
      window.setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    },
    onError: (error) => show({ topic: "audit", text: explain(error), tone: "bad" }),
  });
  return (
    <button type="button" className="button" disabled={save.isPending} onClick={() => save.mutate()}>
      {text.export}
    </button>
  );
}

function Row({ entry }: { entry: AuditEntry }) {
  const told = details(entry);
  return (
    <li className="row-item">
      <div className="row-main">
        <p className="row-title row-sentence">
          <span>
            <b>{actor(entry)}</b> {deed(entry)}
          </span>
        </p>
        <p className="row-note tb-num">
          <time dateTime={new Date(entry.at).toISOString()}>{formatWhen(entry.at)}</time>
          {entry.address === null || entry.address === "" ? null : ` · ${entry.address}`}
          {told === "" ? null : ` · ${told}`}
        </p>
      </div>
    </li>
  );
}

function actor({ who, name }: AuditEntry): string {
  if (who === "console") return text.console;
  return name ?? (who === null || who === "" ? text.somebody : who);
}

/** What was done, and to whom. */
function deed({ action, target, targetName, who }: AuditEntry): string {
  const done = text.actions[action] ?? action;
  const whom = target !== null && target === who ? text.themselves : targetName;
  // Who signs in does nothing to anybody.
  if (whom === null || action.startsWith("session.")) return done;
  return `${done} ${whom}`;
}

function sentence(entry: AuditEntry): string {
  return `${actor(entry)} ${deed(entry)}`;
}

/** The rest of what is known, in short. */
function details({ detail }: AuditEntry): string {
  return parts(detail ?? {}).join(", ");
}

/** What says something: `name: value`, and what lies deeper by its own names. */
function parts(detail: object): string[] {
  return Object.entries(detail).flatMap(([name, value]: [string, unknown]) => {
    if (value === null || value === "") return [];
    if (Array.isArray(value)) return value.length === 0 ? [] : [`${name}: ${value.map(short).join(" or ")}`];
    if (typeof value !== "object") return [`${name}: ${String(value)}`];
    const within = parts(value);
    // What it was before and what it is now must be told apart, and "nothing in particular" said.
    return name === "from" || name === "to" ? [`${name}: ${within.join(" and ") || text.anything}`] : within;
  });
}

function short(value: unknown): string {
  return typeof value === "object" && value !== null ? Object.values(value).map(short).join(" ") : String(value);
}
