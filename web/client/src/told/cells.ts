import type { Part, QuerySpec } from "../generated/wire.ts";
import type { ViewData } from "../types/view.ts";
import { DEFAULT_FEED_LIMIT, FeedCells } from "./feed.ts";
import { SeriesCells } from "./series.ts";
import { TableCells } from "./table.ts";

/** The cells of one view, whatever its shape. */
export type Cells = ViewData & {
  /** What keeps `part` from being applied, or `null`. Called before anything of the frame is. */
  misfit(part: Part): string | null;
  /** Applies a part that fits; says how many cells, rows or events it carried. */
  apply(part: Part): number;
  /** These cells, or the first ones if there are none yet, have this width. */
  setWidth(width: number): void;
  /** The next replacement has this width. */
  announceWidth(width: number): void;
  clear(): void;
  readonly lastWindow: [number, number] | undefined;
};

export function cellsFor(query: QuerySpec): Cells {
  switch (query.shape) {
    case "series":
      return new SeriesCells(query.measures?.length ?? 0);
    case "table":
      return new TableCells(query.measures?.length ?? 0);
    case "feed":
      return new FeedCells(query.limit ?? DEFAULT_FEED_LIMIT);
    default:
      return query.shape satisfies never;
  }
}
