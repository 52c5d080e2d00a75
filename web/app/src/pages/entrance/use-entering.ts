import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { useLocation } from "wouter";
import { keys } from "../../api/queries.ts";
import type { Session } from "../../api/session.ts";
import { keepLogin } from "./known-login.ts";

/** Goes from here into the application, as whoever was just signed in. */
export function useEntering(): (session: Session, to?: string) => void {
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  return useCallback(
    (session, to = "/") => {
      if (session.user.hasPassword && session.user.login) keepLogin(session.user.login);
      queries.clear();
      queries.setQueryData(keys.session, session);
      navigate(to, { replace: true });
    },
    [queries, navigate],
  );
}
