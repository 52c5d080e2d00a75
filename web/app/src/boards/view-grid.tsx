import { type Hosts, Slot } from "./hosts.tsx";
import { readingOrder } from "./layout.ts";
import type { Layout } from "./model.ts";

/** The grid for looking: nothing but CSS. */
export function ViewGrid({ layout, columns, hosts }: { layout: Layout; columns: number; hosts: Hosts }) {
  return (
    <div className="view-grid" style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}>
      {readingOrder(layout).map(([id, place]) => (
        <div
          key={id}
          data-widget={id}
          style={{
            gridColumn: `${place.x + 1} / span ${place.w}`,
            gridRow: `${place.y + 1} / span ${place.h}`,
          }}
        >
          <Slot host={hosts.get(id)} />
        </div>
      ))}
    </div>
  );
}
