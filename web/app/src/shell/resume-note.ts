import { type Client, isLostLog, type Reason, type ResumeSummary } from "@tideboard/client";
import { strings } from "../strings.ts";
import { useToasts } from "./toasts.tsx";

const text = strings.connection;

/** Absences shorter than this are nobody's business. */
const WORTH_TELLING_MS = 2000;
/** What was lost is told for longer than what was not. */
const LOSS_FOR_MS = 20_000;

/** What coming back is worth saying; `null` if nothing. */
export function resumeText(summary: ResumeSummary): string | null {
  const { awayMs, changes, replaced, reasons } = summary;
  const loss = lossText(reasons);
  if (loss !== null) return awayMs < WORTH_TELLING_MS ? loss : text.backWith(awayMs, loss);
  if (awayMs < WORTH_TELLING_MS) return null;
  return replaced > 0 ? text.caughtUpPartly(changes, replaced, awayMs) : text.caughtUp(changes, awayMs);
}

/** What the reasons for sending views anew say of a loss; `null` if there was none. */
export function lossText(reasons: readonly Reason[]): string | null {
  if (!reasons.some(isLostLog)) return null;
  return reasons.includes("epoch") ? text.lostAll : text.lostTail;
}

/** Tells, for as long as the page lives, what each return brought, and what the server lost. */
export function tellResumes(client: Client): void {
  client.lastResume.subscribe(() => {
    const summary = client.lastResume.get();
    const note = summary ? resumeText(summary) : null;
    if (!summary || note === null) return;
    if (summary.reasons.some(isLostLog)) tellLoss(note);
    else useToasts.getState().show({ topic: "resume", text: note });
  });
  client.lastRebuild.subscribe(() => {
    const loss = lossText(client.lastRebuild.get()?.reasons ?? []);
    if (loss !== null) tellLoss(loss);
  });
  tellFreshAgain(client);
}

function tellLoss(note: string): void {
  useToasts.getState().show({ topic: "resume", text: note, tone: "bad", forMs: LOSS_FOR_MS });
}

/** Tells of the end of each time in which the server was cut off from its events, unless it came with a loss. */
function tellFreshAgain(client: Client): void {
  let staleSince: number | null = null;
  client.connection.subscribe(() => {
    const connection = client.connection.get();
    const since = staleSince;
    staleSince = connection.kind === "live" ? connection.staleSince : null;
    if (since === null || staleSince !== null || connection.kind !== "live") return;
    const staleMs = Date.now() - since;
    const lossAt = client.lastRebuild.get()?.at ?? 0;
    if (staleMs < WORTH_TELLING_MS || lossAt >= since) return;
    useToasts.getState().show({ topic: "resume", text: text.freshAgain(staleMs) });
  });
}
