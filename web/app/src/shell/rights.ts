import { useQueryClient } from "@tanstack/react-query";
import type { Client } from "@tideboard/client";
import { useEffect, useRef } from "react";
import { useLocation } from "wouter";
import { access } from "../api/http.ts";
import { keys } from "../api/queries.ts";
import type { Session, User } from "../api/session.ts";
import type { Changes } from "../live/changes.ts";
import { strings } from "../strings.ts";
import { useToasts } from "./toasts.tsx";

const text = strings.rights;

/** Why somebody is not signed in any more; what the sign-in page goes by. */
export type Why = "session" | "disabled" | "over";

/** What the sign-in page is told by whoever sends people there. */
export interface Farewell {
  /** Absent: they were not signed in before. */
  readonly why?: Why;
  /** Where they wanted to be. */
  readonly from?: string;
}

/** After a refused connection, this long passes before the next. */
const START_AGAIN_MS = 5000;

/** Keeps the session as the server has it, and leads to signing in when it is over. */
export function useRights(client: Client, changes: Changes): void {
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const reason = useRef("");
  useEffect(() => {
    const leave = access.subscribe({
      renewed: (session) => {
        queries.setQueryData<Session>(keys.session, (before) => {
          // Another window signed somebody else in: nothing on this page is theirs.
          if (before && before.user.id !== session.user.id) window.location.reload();
          return session;
        });
      },
      ended: () => {
        const why: Why = reason.current === "session" || reason.current === "disabled" ? reason.current : "over";
        queries.clear();
        navigate("/sign-in", { replace: true, state: { why, from: whereabouts() } satisfies Farewell });
      },
    });
    return () => {
      leave();
    };
  }, [queries, navigate]);
  useEffect(
    () =>
      client.onRights((rights) => {
        reason.current = rights.reason;
        void ignoringFailure(access.renew());
        if (rights.reason !== "grants") return;
        useToasts.getState().show({ topic: "rights", text: text.grants });
        changes.everything();
      }),
    [client, changes],
  );
  useEffect(() => {
    let timer: number | undefined;
    const leave = client.connection.subscribe(() => {
      if (client.connection.get().kind !== "signed_out") return;
      // Either this leads to signing in, or there is a session after all and the connection may be tried again.
      const again = () => {
        timer = window.setTimeout(() => client.start(), START_AGAIN_MS);
      };
      void ignoringFailure(access.renew().then(again));
    });
    return () => {
      leave();
      window.clearTimeout(timer);
    };
  }, [client]);
}

/** Tells of a new role or reach, and fetches again what may look different with it. */
export function useToldRights(user: User, changes: Changes): void {
  const queries = useQueryClient();
  const before = useRef(user);
  useEffect(() => {
    const was = before.current;
    before.current = user;
    const what = changed(was, user);
    if (what === null) return;
    useToasts.getState().show({ topic: "rights", text: what });
    void queries.invalidateQueries({ predicate: ({ queryKey: [kind] }) => !KEPT.has(kind) });
    changes.everything();
  }, [user, queries, changes]);
}

/** Looked after elsewhere: a session is renewed, a dashboard is merged with what is being done to it. */
const KEPT: ReadonlySet<unknown> = new Set([keys.session[0], keys.dashboard("")[0]]);

/** What to say about somebody's new rights; `null` if they are the old ones. */
export function changed(was: User, is: User): string | null {
  if (was.role !== is.role) return text.role(strings.roles[is.role].toLowerCase());
  return JSON.stringify(was.reach) === JSON.stringify(is.reach) ? null : text.reach;
}

/** Where on the page one is, to come back to. */
export function whereabouts(): string {
  return `${window.location.pathname}${window.location.search}`;
}

/** What failed is told where it is needed next. */
function ignoringFailure(promise: Promise<unknown>): Promise<void> {
  return promise.then(
    () => {},
    () => {},
  );
}
