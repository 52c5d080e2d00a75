import type { QuerySpec } from "@tideboard/client";

/** A class of screen widths. */
export type Breakpoint = "wide" | "tablet" | "phone";

/** Every breakpoint, the widest first. */
export const BREAKPOINTS: readonly Breakpoint[] = ["wide", "tablet", "phone"];

/** How many columns each breakpoint's grid has. */
export const COLUMNS: Readonly<Record<Breakpoint, number>> = { wide: 24, tablet: 12, phone: 4 };

/** Where a widget stands, in columns and rows. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** Widget id → place. */
export type Layout = Readonly<Record<string, Place>>;

export interface Widget {
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  readonly queries: Readonly<Record<string, QuerySpec>>;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface Dashboard {
  readonly id: string;
  readonly title: string;
  readonly revision: number;
  readonly widgets: readonly Widget[];
  readonly layouts: { readonly wide: Layout; readonly tablet?: Layout; readonly phone?: Layout };
}

/** What one user changed about a shared dashboard. */
export interface PersonalView {
  readonly dashboard: string;
  readonly revision: number;
  readonly baseRevision: number;
  readonly hidden: readonly string[];
  readonly added: readonly Widget[];
  readonly layouts: Readonly<Record<Breakpoint, Layout>>;
}

/** The breakpoint of a width in CSS pixels. */
export function breakpointOf(width: number): Breakpoint {
  if (width >= 1200) return "wide";
  return width >= 700 ? "tablet" : "phone";
}
