import type { Labels } from "../types/view.ts";

/** The labels as one text, different for different labels. */
export function keyOf(labels: Labels): string {
  return JSON.stringify(labels);
}
