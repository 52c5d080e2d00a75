import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { account } from "./account.ts";
import { apiKeys } from "./api-keys.ts";
import { people } from "./people.ts";
import { keys } from "./queries.ts";

// Apart from the other queries, so that the first page does not carry what it does not need.

export const useAccount = () => useQuery({ queryKey: keys.account, queryFn: account.get, staleTime: 0 });

export const useOwnSessions = () => useQuery({ queryKey: keys.ownSessions, queryFn: account.sessions, staleTime: 0 });

export const useApiKeys = () => useQuery({ queryKey: keys.apiKeys, queryFn: apiKeys.list, staleTime: 0 });

export const useUsers = () => useQuery({ queryKey: keys.users, queryFn: people.users, staleTime: 0 });

export const useUserSessions = (id: string) =>
  useQuery({ queryKey: keys.userSessions(id), queryFn: () => people.sessions(id), staleTime: 0 });

export const useUserAccess = (id: string) =>
  useQuery({ queryKey: keys.userAccess(id), queryFn: () => people.access(id), staleTime: 0 });

export const useInvites = () => useQuery({ queryKey: keys.invites, queryFn: people.invites, staleTime: 0 });

export const useTeams = () => useQuery({ queryKey: keys.teams, queryFn: people.teams, staleTime: 0 });

export const useGrants = (dashboard: string) =>
  useQuery({ queryKey: keys.grants(dashboard), queryFn: () => people.grants(dashboard), staleTime: 0, gcTime: 0 });

export const useAudit = () =>
  useInfiniteQuery({
    queryKey: keys.audit,
    queryFn: ({ pageParam }) => people.audit(pageParam),
    initialPageParam: null as number | null,
    getNextPageParam: ({ next }) => next,
    staleTime: 0,
  });
