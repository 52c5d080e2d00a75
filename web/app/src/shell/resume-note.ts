import type { Client, Reason, ResumeSummary } from "@tideboard/client";
import { strings } from "../strings.ts";
import { useToasts } from "./toasts.tsx";

const text = strings.connection;

/** Reasons that say the log is not the one from before: then nothing can be said of what was missed. */
const OTHER_LOG: ReadonlySet<Reason> = new Set(["epoch", "ahead", "unproved"]);

/** Absences shorter than this are nobody's business. */
const WORTH_TELLING_MS = 2000;

/** What coming back is worth saying; `null` if nothing. */
export function resumeText(summary: ResumeSummary): string | null {
  if (summary.awayMs < WORTH_TELLING_MS) return null;
  const { awayMs, changes, replaced, reasons } = summary;
  if (reasons.some((reason) => OTHER_LOG.has(reason))) return text.caughtUpWhole(awayMs);
  return replaced > 0 ? text.caughtUpPartly(changes, replaced, awayMs) : text.caughtUp(changes, awayMs);
}

/** Tells, for as long as the page lives, what each return brought. */
export function tellResumes(client: Client): void {
  client.lastResume.subscribe(() => {
    const summary = client.lastResume.get();
    const note = summary ? resumeText(summary) : null;
    if (note !== null) useToasts.getState().show({ topic: "resume", text: note });
  });
}
