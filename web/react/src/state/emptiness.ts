import type { View } from "@tideboard/client";
import { isEmpty } from "./freshness.ts";

/** How long a view that had data may be without before it counts as empty: after a restart the next sample is on its way. */
export const EMPTY_PATIENCE_MS = 3000;

/** Tells lasting emptiness from a short pause, during which the last picture is kept. */
export class Emptiness {
  #had = false;
  #since: number | null = null;

  /** In how many milliseconds an emptiness that is being waited out counts; 0 if there is none to wait out. */
  waitMs(view: View, now: number): number {
    if (!isEmpty(view)) {
      this.#had = true;
      this.#since = null;
      return 0;
    }
    if (!this.#had) return 0;
    this.#since ??= now;
    return Math.max(0, this.#since + EMPTY_PATIENCE_MS - now);
  }

  /** Whether the view has nothing, and it is not just a pause. */
  lasts(view: View, now: number): boolean {
    const waitMs = this.waitMs(view, now);
    return waitMs === 0 && isEmpty(view);
  }
}
