import { createStore, type StoreApi } from "zustand/vanilla";
import { api, type DashboardAnswer } from "../api/endpoints.ts";
import { ApiError, explain } from "../api/http.ts";
import { rebase } from "./edits.ts";
import { emptyView, isEmptyView } from "./merge.ts";
import type { Dashboard, PersonalView } from "./model.ts";

/** After the last change, this long passes before it is saved. */
const SETTLE_MS = 700;
/** A view that is saved elsewhere all the time is given up after so many tries. */
const MOST_TRIES = 5;
/** When the newest version cannot be had, it is asked for again after this long, and ever less often. */
const FIRST_RETRY_MS = 2000;
const LONGEST_RETRY_MS = 30_000;
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

/** What was changed elsewhere. */
export interface ChangedElsewhere {
  /** The dashboard that all see. */
  readonly shared: boolean;
  /** One's own view of it. */
  readonly view: boolean;
  /** There were changes here that are not saved yet: they were applied to the newest version. */
  readonly kept: boolean;
}

/** What the outside is told. */
export interface BoardEvents {
  saved(rebased: boolean): void;
  failed(why: string): void;
  changedElsewhere(what: ChangedElsewhere): void;
  /** There is no such dashboard any more. */
  gone(): void;
}

/** Holds one dashboard's personal view, saves it by itself and takes over what was changed elsewhere: one request at a time. */
export class Board {
  readonly store: StoreApi<BoardState>;
  readonly #events: BoardEvents;
  /** What the server has. */
  #base: PersonalView;
  #revision: number;
  #timer: number | null = null;
  #requests: Promise<void> = Promise.resolve();
  #refreshPlanned = false;
  #refreshFailures = 0;
  #refreshTimer: number | null = null;
  /** Set while a gesture is under way, whose widgets must not be moved by anybody else. */
  #held: { readonly over: Promise<void>; readonly end: () => void } | null = null;

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

  /** Something was changed elsewhere, maybe: shows the newest version, with what is not saved yet on top of it. */
  refresh(): void {
    if (this.#refreshPlanned) return;
    this.#refreshPlanned = true;
    this.#queue(() => {
      this.#refreshPlanned = false;
      return this.#refresh();
    });
  }

  /** A gesture has begun: what comes from elsewhere waits until `release`. */
  hold(): void {
    if (this.#held) return;
    let end = () => {};
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#held = { over, end };
  }

  release(): void {
    this.#held?.end();
    this.#held = null;
  }

  /** The page goes away: saves now what waits, and asks for nothing more. */
  close(): void {
    this.release();
    if (this.#refreshTimer !== null) window.clearTimeout(this.#refreshTimer);
    this.#refreshTimer = null;
    if (this.#timer === null) return;
    this.#stopTimer();
    const { view } = this.store.getState();
    void api.savePersonalView(view.dashboard, this.#revision, this.#outgoing(view), true).catch(() => {
      // The page is gone: nobody can be told.
    });
  }

  #queue(request: () => Promise<void>): void {
    this.#requests = this.#requests.then(request);
  }

  #settle(): void {
    this.#stopTimer();
    this.#timer = window.setTimeout(() => {
      this.#timer = null;
      this.#queue(() => this.#save());
    }, SETTLE_MS);
  }

  #stopTimer(): void {
    if (this.#timer !== null) window.clearTimeout(this.#timer);
    this.#timer = null;
  }

  async #save(): Promise<void> {
    this.store.setState({ save: "saving" });
    try {
      for (let tries = 1; ; tries += 1) {
        const { view } = this.store.getState();
        try {
          await this.#send(view);
          this.#done(view, tries > 1);
          return;
        } catch (error) {
          // The view was saved elsewhere meanwhile: what was changed here is applied to that one.
          if (!(error instanceof ApiError) || error.status !== 409 || tries === MOST_TRIES) throw error;
          await this.#take(await api.dashboard(view.dashboard));
        }
      }
    } catch (error) {
      this.store.setState({ save: "failed" });
      this.#events.failed(explain(error));
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

  #done(saved: PersonalView, rebased: boolean): void {
    if (this.store.getState().view !== saved) return;
    this.store.setState({ save: "saved" });
    this.#events.saved(rebased);
  }

  async #refresh(): Promise<void> {
    try {
      const changed = await this.#take(await api.dashboard(this.#base.dashboard));
      this.#refreshFailures = 0;
      if (changed.shared || changed.view) this.#events.changedElsewhere(changed);
    } catch (error) {
      if (error instanceof ApiError && (error.status === 404 || error.status === 403)) this.#events.gone();
      else if (error instanceof ApiError && error.problem.retry === "after_delay") this.#refreshLater();
    }
  }

  #refreshLater(): void {
    this.#refreshFailures += 1;
    const ms = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#refreshFailures - 1));
    if (this.#refreshTimer !== null) window.clearTimeout(this.#refreshTimer);
    this.#refreshTimer = window.setTimeout(() => {
      this.#refreshTimer = null;
      this.refresh();
    }, ms);
  }

  /** Goes over to the newest version. Taking back takes back what was done here, not what others did. */
  async #take(newest: DashboardAnswer): Promise<ChangedElsewhere> {
    await this.#held?.over;
    const { shared, view, past } = this.store.getState();
    const revision = newest.personal?.revision ?? 0;
    const changed: ChangedElsewhere = {
      shared: newest.shared.revision !== shared.revision,
      view: revision !== this.#revision,
      kept: view !== this.#base,
    };
    if (changed.shared) this.store.setState({ shared: newest.shared });
    if (!changed.view) return changed;
    const base = this.#base;
    const theirs = newest.personal?.view ?? emptyView(newest.shared);
    this.#base = theirs;
    this.#revision = revision;
    this.store.setState({
      view: view === base ? theirs : rebase(base, view, theirs),
      past: past.map((earlier) => rebase(base, earlier, theirs)),
    });
    return changed;
  }

  #outgoing(view: PersonalView): PersonalView {
    const { shared } = this.store.getState();
    return { ...view, revision: this.#revision, baseRevision: shared.revision };
  }
}
