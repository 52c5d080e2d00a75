import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { takeToken } from "./token.ts";

/** What a link with a secret offers; the secret, which leaves the address bar at once, is `null` if there is none. */
export function useOffered<T>(kind: string, ask: (token: string) => Promise<T>) {
  const [token, setToken] = useState<string | null | undefined>(undefined);
  const taken = useRef(false);
  useEffect(() => {
    // The address is read once: a second run of this effect would find nothing in it.
    if (taken.current) return;
    taken.current = true;
    setToken(takeToken(window.location, window.history));
  }, []);
  const { data, error, refetch } = useQuery({
    queryKey: ["offered", kind],
    queryFn: () => ask(token ?? ""),
    enabled: typeof token === "string",
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  return { token, data, error, refetch };
}
