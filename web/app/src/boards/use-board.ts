import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { DashboardAnswer } from "../api/endpoints.ts";
import { keys } from "../api/queries.ts";
import { isOutdated } from "../live/changes.ts";
import { useChanges } from "../live/use-changes.ts";
import { useToasts } from "../shell/toasts.tsx";
import { strings } from "../strings.ts";
import { isEmptyView } from "./merge.ts";
import { Board, type ChangedElsewhere } from "./store.ts";

const text = strings.dashboard;

/** The board of a page; what it saves and takes over is told in toasts. `told`: the number of changes told when its answer was asked for. */
export function useBoard(answer: DashboardAnswer, told: number): Board {
  const queries = useQueryClient();
  const changes = useChanges();
  const show = useToasts((state) => state.show);
  const { id } = answer.shared;
  const [board] = useState(() => {
    const made: Board = new Board(answer, {
      saved: (rebased) => {
        void queries.invalidateQueries({ queryKey: keys.dashboards });
        const undo = { label: text.undo, run: () => made.undo() };
        const reset = { label: text.reset, run: () => made.reset() };
        const shared = isEmptyView(made.store.getState().view);
        const saved = rebased ? text.rebased : text.saved;
        show({ topic: "save", text: shared ? text.resetDone : saved, actions: shared ? [undo] : [undo, reset] });
      },
      failed: (why) => {
        const again = { label: strings.retry, run: () => made.retry() };
        show({ topic: "save", text: text.notSaved(why), tone: "bad", forMs: 60_000, actions: [again] });
      },
      changedElsewhere: (what) => show({ topic: "changed", text: changedText(what) }),
      // The page then finds out what is at this address now.
      gone: () => void queries.resetQueries({ queryKey: keys.dashboard(id) }),
    });
    return made;
  });
  useEffect(() => {
    const leave = () => board.close();
    window.addEventListener("pagehide", leave);
    return () => {
      window.removeEventListener("pagehide", leave);
      board.close();
    };
  }, [board]);
  useEffect(() => {
    if (changes.told !== told) board.refresh();
    return changes.subscribe((outdated) => {
      if (isOutdated(outdated, id)) board.refresh();
    });
  }, [board, changes, id, told]);
  return board;
}

function changedText({ kept, shared }: ChangedElsewhere): string {
  if (kept) return text.changedUnder;
  return shared ? text.changedShared : text.changedView;
}
