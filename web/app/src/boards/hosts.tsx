import { type ReactNode, useLayoutEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";
import type { Widget } from "./model.ts";

/** Elements that widgets live in, by widget: they move between grids without being built anew. */
export type Hosts = ReadonlyMap<string, HTMLElement>;

/** An element for each widget, for as long as that widget is there. */
export function useHosts(widgets: readonly Widget[]): Hosts {
  const [hosts] = useState(() => new Map<string, HTMLElement>());
  const ids = new Set(widgets.map((widget) => widget.id));
  for (const id of ids) {
    if (hosts.has(id)) continue;
    const host = document.createElement("div");
    host.className = "host";
    hosts.set(id, host);
  }
  for (const id of [...hosts.keys()]) if (!ids.has(id)) hosts.delete(id);
  return hosts;
}

/** Renders each widget into its host, wherever that stands. */
export function HostedWidgets({
  widgets,
  hosts,
  children,
}: {
  widgets: readonly Widget[];
  hosts: Hosts;
  children: (widget: Widget) => ReactNode;
}) {
  return widgets.map((widget) => {
    const host = hosts.get(widget.id);
    return host ? createPortal(children(widget), host, widget.id) : null;
  });
}

/** The place in a grid where a widget's host stands now. */
export function Slot({ host }: { host: HTMLElement | undefined }) {
  const slot = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (host && slot.current && host.parentElement !== slot.current) slot.current.append(host);
  });
  return <div ref={slot} className="slot" />;
}
