import type { Client, DataOf, QuerySpec, View, ViewState } from "@tideboard/client";
import { useLayoutEffect, useState, useSyncExternalStore } from "react";
import { useClient } from "./provider.tsx";

/** What `useView` answers. `data` is changed in place: read it while rendering, and don't keep it. */
export interface ViewResult<Q extends QuerySpec> {
  readonly data: DataOf<Q> | null;
  readonly state: ViewState;
  readonly view: View<DataOf<Q>> | null;
}

const LOADING: ViewState = { kind: "loading" };
const NEVER = () => () => {};

function open<Q extends QuerySpec>(client: Client, query: Q): View<DataOf<Q>> {
  return client.view(query);
}

/**
 * Watches a query for as long as the component is mounted, without rendering on changes: for whoever draws by
 * themselves. `null` until mounted, and without a query.
 */
export function useViewHandle<const Q extends QuerySpec>(query: Q | null | undefined): View<DataOf<Q>> | null {
  const client = useClient();
  const [view, setView] = useState<View<DataOf<Q>> | null>(null);
  // Queries are small and often written in place, so equal ones count as the same.
  const key = query ? JSON.stringify(query) : null;
  // Before paint, so that data still warm from elsewhere is there with the first picture.
  useLayoutEffect(() => {
    if (key === null) {
      setView(null);
      return;
    }
    const handle = open<Q>(client, JSON.parse(key) as Q);
    setView(handle);
    return () => handle.close();
  }, [client, key]);
  return view;
}

/** Watches a query and renders again with every frame that changes it. */
export function useView<const Q extends QuerySpec>(query: Q | null | undefined): ViewResult<Q> {
  const view = useViewHandle(query);
  useSyncExternalStore(
    view ? (listener) => view.subscribe(listener) : NEVER,
    () => view?.version ?? -1,
    () => -1,
  );
  return { data: view?.data ?? null, state: view?.state ?? LOADING, view };
}

/** Renders again when the connection changes. */
export function useConnection() {
  const { connection } = useClient();
  return useSyncExternalStore(
    (listener) => connection.subscribe(listener),
    () => connection.get(),
    () => connection.get(),
  );
}
