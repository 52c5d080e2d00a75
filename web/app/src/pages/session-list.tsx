import type { ReactNode } from "react";
import type { SignedInSession } from "../api/account.ts";
import { Device } from "../shell/icons.tsx";
import { formatAgo, formatDay, isNow } from "../shell/when.ts";
import { accountTexts } from "../strings/account.ts";
import { deviceOf } from "./device.ts";

const text = accountTexts.sessions;

export interface SessionListProps {
  readonly sessions: readonly SignedInSession[];
  /** What can be done with one. */
  readonly action?: (session: SignedInSession) => ReactNode;
}

/** Where somebody is signed in. */
export function SessionList({ sessions, action }: SessionListProps) {
  if (sessions.length === 0) return <p className="muted">{text.none}</p>;
  return (
    <ul className="rows">
      {sessions.map((session) => (
        <li key={session.id} className="row-item">
          <Device />
          <div className="row-main">
            <p className="row-title" title={session.userAgent ?? undefined}>
              {deviceOf(session.userAgent)}
              {session.current ? <span className="tag">{text.current}</span> : null}
            </p>
            <p className="row-note tb-num">
              {session.address ?? text.unknownPlace} ·{" "}
              {isNow(session.lastSeenAt) ? text.active : text.seen(formatAgo(session.lastSeenAt))} ·{" "}
              {text.since(formatDay(session.createdAt))}
            </p>
          </div>
          {action ? <div className="row-action">{action(session)}</div> : null}
        </li>
      ))}
    </ul>
  );
}
