import { useState } from "react";
import { Link } from "wouter";
import type { Session } from "../api/endpoints.ts";
import { useDashboards } from "../api/queries.ts";
import { Header } from "../shell/header.tsx";
import { Boards } from "../shell/icons.tsx";
import { ProblemNote } from "../shell/problem-note.tsx";
import { strings } from "../strings.ts";

const text = strings.dashboards;

/** From so many dashboards on, a filter helps. */
const WORTH_FILTERING = 8;

/** All dashboards. */
export function DashboardsPage({ session }: { session: Session }) {
  const { data, error, refetch } = useDashboards();
  const [filter, setFilter] = useState("");
  const wanted = filter.trim().toLowerCase();
  const shown = data?.filter((entry) => entry.title.toLowerCase().includes(wanted));
  return (
    <>
      <Header session={session} title={text.title} />
      <main className="page">
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
        {error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : null}
        <ul className="board-list">
          {shown?.map((entry) => (
            <li key={entry.id}>
              <Link href={`/d/${encodeURIComponent(entry.id)}`} className="board-card">
                <Boards />
                <span className="board-name">{entry.title}</span>
                {entry.personal ? <span className="tag">{text.personal}</span> : null}
              </Link>
            </li>
          ))}
        </ul>
        {shown?.length === 0 ? <p className="muted">{data?.length === 0 ? text.none : text.noMatch}</p> : null}
      </main>
    </>
  );
}
