import type { Client, ResumeSummary } from "@tideboard/client";
import { strings } from "../strings.ts";
import { useToasts } from "./toasts.tsx";

/** Absences shorter than this are nobody's business. */
const WORTH_TELLING_MS = 2000;

/** What coming back is worth saying; `null` if nothing. */
export function resumeText(summary: ResumeSummary): string | null {
  if (summary.awayMs < WORTH_TELLING_MS) return null;
  return summary.replaced > 0
    ? strings.connection.caughtUpWhole(summary.awayMs)
    : strings.connection.caughtUp(summary.changes, summary.awayMs);
}

/** Tells, for as long as the page lives, what each return brought. */
export function tellResumes(client: Client): void {
  client.lastResume.subscribe(() => {
    const summary = client.lastResume.get();
    const text = summary ? resumeText(summary) : null;
    if (text !== null) useToasts.getState().show({ topic: "resume", text });
  });
}
