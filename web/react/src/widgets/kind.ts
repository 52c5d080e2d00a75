import type { QuerySpec, View } from "@tideboard/client";
import type { ComponentType } from "react";

/** A widget as its dashboard describes it. */
export interface WidgetSpec {
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  readonly queries: Readonly<Record<string, QuerySpec>>;
  readonly options: Readonly<Record<string, unknown>>;
}

/** What the body of a widget is given. */
export interface BodyProps {
  readonly widget: WidgetSpec;
  /** The view of `queries.main`, once it is open. */
  readonly main: View | null;
  /** The view of `queries.spark`, where there is one. */
  readonly spark: View | null;
}

/** A kind of widget. */
export interface WidgetKind {
  /** Its name in documents. */
  readonly kind: string;
  /** Its name for people. */
  readonly label: string;
  /** Draws it; the frame around it shows title and state. */
  readonly Body: ComponentType<BodyProps>;
  /** Size of a new one, and the least it makes sense in, on a grid of 24 columns. */
  readonly size: { readonly w: number; readonly h: number; readonly minW: number; readonly minH: number };
  /** Whether it shows data at all. */
  readonly needsData: boolean;
  /** The shape of its main query. */
  readonly shape: QuerySpec["shape"] | null;
}
