import { QueryClient, useQuery } from "@tanstack/react-query";
import { api } from "./endpoints.ts";
import { ApiError, access } from "./http.ts";

/** Names under which answers are kept. */
export const keys = {
  session: ["session"],
  dashboards: ["dashboards"],
  dashboard: (id: string) => ["dashboard", id],
  apiKeys: ["keys"],
  streams: ["streams"],
  account: ["account"],
  ownSessions: ["own-sessions"],
  users: ["users"],
  userSessions: (id: string) => ["user-sessions", id],
  userAccess: (id: string) => ["user-access", id],
  invites: ["invites"],
  teams: ["teams"],
  grants: (dashboard: string) => ["grants", dashboard],
  audit: ["audit"],
} as const;

/** Keeps answers of the REST interface. Refusals are final; only silence and overload are tried again. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        refetchOnWindowFocus: false,
        retry: (count, error) => count < 3 && (!(error instanceof ApiError) || error.problem.retry === "after_delay"),
      },
    },
  });
}

/** Who is signed in: whoever this browser's cookie stands for. */
export const useSession = () =>
  useQuery({
    queryKey: keys.session,
    queryFn: () => access.renew(),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const useDashboards = () => useQuery({ queryKey: keys.dashboards, queryFn: api.dashboards });

export const useDashboard = (id: string) =>
  useQuery({
    queryKey: keys.dashboard(id),
    queryFn: () => api.dashboard(id),
    // What is on the screen is edited; a newer answer comes in through saving.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });

export const useStreams = () =>
  useQuery({ queryKey: keys.streams, queryFn: api.streams, staleTime: 0, refetchInterval: 5000 });
