import type { Reason } from "../generated/wire.ts";

const LOST: ReadonlySet<Reason> = new Set(["epoch", "ahead", "unproved"]);

/** Whether a reason says that the log lost what was shown: it is another one, or without its latest events. */
export function isLostLog(reason: Reason): boolean {
  return LOST.has(reason);
}
