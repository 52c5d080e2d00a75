import { useQueryClient } from "@tanstack/react-query";
import { access } from "../../api/http.ts";
import { keys } from "../../api/queries.ts";

/** Shows the account as it is after a change to it. */
export function useRenewed(): () => Promise<void> {
  const queries = useQueryClient();
  return async () => {
    void queries.invalidateQueries({ queryKey: keys.account });
    void queries.invalidateQueries({ queryKey: keys.ownSessions });
    // The session says who one is.
    await access.renew();
  };
}
