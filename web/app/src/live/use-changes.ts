import { useQueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect } from "react";
import { keys } from "../api/queries.ts";
import { type Changes, isOutdated } from "./changes.ts";

const ChangesContext = createContext<Changes | null>(null);

/** Gives the pages what is told of changes. */
export const ChangesProvider = ChangesContext.Provider;

/** What is told of changes that others made. */
export function useChanges(): Changes {
  const changes = useContext(ChangesContext);
  if (!changes) throw new Error("There is no <ChangesProvider> above.");
  return changes;
}

/** Fetches again what the page holds beside its boards, which look after themselves. */
export function useFreshAnswers(): void {
  const changes = useChanges();
  const queries = useQueryClient();
  useEffect(
    () =>
      changes.subscribe((outdated) => {
        void queries.invalidateQueries({ queryKey: keys.dashboards });
        void queries.invalidateQueries({
          // One that could not be had may be there now.
          predicate: ({ queryKey: [kind, id], state }) =>
            kind === keys.dashboard("")[0] && state.status === "error" && isOutdated(outdated, String(id)),
        });
      }),
    [changes, queries],
  );
}
