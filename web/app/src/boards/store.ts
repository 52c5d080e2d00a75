import { createStore, type StoreApi } from "zustand/vanilla";
import { api, type DashboardAnswer } from "../api/endpoints.ts";
import { ApiError, explain } from "../api/http.ts";
import { rebase } from "./edits.ts";
import { emptyView, isEmptyView } from "./merge.ts";
import type { Dashboard, PersonalView } from "./model.ts";

/** After the last change, this long passes before it is saved. */
const SETTLE_MS = 700;
/** Changes that can be undone. */
const MOST_UNDO = 100;

export type SaveState = "saved" | "pending" | "saving" | "failed";

/** A dashboard being looked at, and arranged. */
export interface BoardState {
  readonly shared: Dashboard;
  /** As it is on the screen. */
  readonly view: PersonalView;
  /** Earlier views of this session, the last one newest. */
  readonly past: readonly PersonalView[];
  readonly save: SaveState;
}

/** What the outside is told. */
export interface BoardEvents {
  saved(rebased: boolean): void;
  failed(why: string): void;
}

/** Holds one dashboard's personal view and saves it by itself, one request at a time. */
export class Board {
  readonly store: StoreApi<BoardState>;
  readonly #events: BoardEvents;
  /** What the server has. */
  #base: PersonalView;
  #revision: number;
  #timer: number | null = null;
  #saving: Promise<void> | null = null;

  constructor(answer: DashboardAnswer, events: BoardEvents) {
    const view = answer.personal?.view ?? emptyView(answer.shared);
    this.#events = events;
    this.#base = view;
    this.#revision = answer.personal?.revision ?? 0;
    this.store = createStore<BoardState>(() => ({ shared: answer.shared, view, past: [], save: "saved" }));
  }

  /** Shows a changed view and saves it soon. */
  edit(change: (shared: Dashboard, view: PersonalView) => PersonalView): void {
    const { shared, view, past } = this.store.getState();
    const next = change(shared, view);
    if (JSON.stringify(next) === JSON.stringify(view)) return;
    this.store.setState({ view: next, past: [...past, view].slice(-MOST_UNDO), save: "pending" });
    this.#settle();
  }

  /** Takes the last change back; that is saved too. */
  undo(): void {
    const { past } = this.store.getState();
    const view = past.at(-1);
    if (!view) return;
    this.store.setState({ view, past: past.slice(0, -1), save: "pending" });
    this.#settle();
  }

  /** Goes back to what all see. Can be undone. */
  reset(): void {
    this.edit((shared) => emptyView(shared));
  }

  /** Saves once more what could not be saved. */
  retry(): void {
    if (this.store.getState().save === "failed") this.#settle();
  }

  /** Saves now what waits, for when the page goes away. */
  flush(): void {
    if (this.#timer === null) return;
    this.#stopTimer();
    const { view } = this.store.getState();
    void api.savePersonalView(view.dashboard, this.#revision, this.#outgoing(view), true).catch(() => {
      // The page is gone: nobody can be told.
    });
  }

  #settle(): void {
    this.#stopTimer();
    this.#timer = window.setTimeout(() => {
      this.#timer = null;
      this.#saving = (this.#saving ?? Promise.resolve()).then(() => this.#save());
    }, SETTLE_MS);
  }

  #stopTimer(): void {
    if (this.#timer !== null) window.clearTimeout(this.#timer);
    this.#timer = null;
  }

  async #save(): Promise<void> {
    const { view } = this.store.getState();
    this.store.setState({ save: "saving" });
    try {
      await this.#send(view);
      this.#done(view, false);
    } catch (error) {
      if (error instanceof ApiError && error.status === 409) {
        await this.#saveOnto(view);
        return;
      }
      this.#fail(error);
    }
  }

  async #send(view: PersonalView): Promise<void> {
    if (isEmptyView(view) && this.#revision > 0) {
      await api.dropPersonalView(view.dashboard);
      this.#revision = 0;
    } else if (!isEmptyView(view)) {
      const answer = await api.savePersonalView(view.dashboard, this.#revision, this.#outgoing(view));
      this.#revision = answer.revision;
    }
    this.#base = view;
  }

  /** The view was saved elsewhere meanwhile: what was changed here is applied to that one. */
  async #saveOnto(mine: PersonalView): Promise<void> {
    try {
      const newest = await api.dashboard(mine.dashboard);
      const theirs = newest.personal?.view ?? emptyView(newest.shared);
      const merged = rebase(this.#base, mine, theirs);
      this.#revision = newest.personal?.revision ?? 0;
      this.#base = theirs;
      await this.#send(merged);
      const current = this.store.getState().view;
      this.store.setState({ shared: newest.shared, view: current === mine ? merged : rebase(mine, current, merged) });
      this.#done(current === mine ? merged : current, true);
    } catch (error) {
      this.#fail(error);
    }
  }

  #done(saved: PersonalView, rebased: boolean): void {
    if (this.store.getState().view !== saved) return;
    this.store.setState({ save: "saved" });
    this.#events.saved(rebased);
  }

  #fail(error: unknown): void {
    this.store.setState({ save: "failed" });
    this.#events.failed(explain(error));
  }

  #outgoing(view: PersonalView): PersonalView {
    const { shared } = this.store.getState();
    return { ...view, revision: this.#revision, baseRevision: shared.revision };
  }
}
