import type { FeedEvent, FilterSpec, Gone, Problem, Reason } from "../generated/wire.ts";
import type { Store } from "../store.ts";

/** What to follow: every event of a stream, in order. */
export interface FollowOptions {
  readonly stream: string;
  /** Conditions on tags that an event must all meet. */
  readonly where?: readonly FilterSpec[];
  /** `start` (the first event), `end` (from now on), or a `position` told before. */
  readonly after: string;
}

/** What comes next of a complete feed. */
export interface FollowPage {
  /** In the log's order; may be empty where nothing matched. */
  readonly events: readonly FeedEvent[];
  /** Offsets that retention took before they could be told; they come before the events. */
  readonly gone: Gone | null;
  /** Where to follow on from once this page is dealt with. */
  readonly position: string;
}

export interface FollowHandler {
  /**
   * Deals with a page. The next call comes when this one's promise has resolved, and pages beyond a few are not even sent
   * before that. If it throws or rejects the feed stops as `failed`, and `resume()` starts with this page again.
   */
  readonly onPage: (page: FollowPage) => void | Promise<void>;
}

export type FollowState =
  /** Not connected, or not yet answered; it follows by itself when that is over. */
  | { readonly kind: "waiting" }
  | { readonly kind: "following" }
  /** The server said no. `reason`: why the position cannot be honoured, if it is that: `resume` from `start` or `end`. */
  | { readonly kind: "refused"; readonly problem: Problem; readonly reason: Reason | null }
  /** The handler failed. */
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "closed" };

/** A complete feed that is followed through cuts and restarts. The handler hears of each event once. */
export interface Following {
  readonly state: Store<FollowState>;
  /** After the last page dealt with: what to give as `after` in another process. */
  readonly position: string;
  /** Goes on after `refused` or `failed`, from where it stood or from another place. */
  resume(after?: string): void;
  /** Ends it; the handler is not called again. */
  close(): void;
}
