import type { Problem, Reason } from "../generated/wire.ts";
import type { TransportKind } from "./ports.ts";

/** Where the connection stands. Times are local, in milliseconds since 1970. */
export type ConnectionState =
  /** Not started yet. */
  | { readonly kind: "idle" }
  /**
   * On its way; `since` is when there was a connection last, or when the first was asked for. `again`: there was one, and
   * what is shown is from before it was cut.
   */
  | { readonly kind: "connecting"; readonly attempt: number; readonly since: number; readonly again: boolean }
  /**
   * Connected. `latencyMs`: accepted by the server to painted here, averaged; `rttMs`: there and back. `staleSince`: the
   * server itself is cut off from the events, and told nothing of what came after this; `null` while it is not.
   */
  | {
      readonly kind: "live";
      readonly since: number;
      readonly transport: TransportKind;
      readonly staleSince: number | null;
      readonly latencyMs: number | null;
      readonly rttMs: number | null;
    }
  /** Between two attempts; the next one starts at `retryAt`. `problem`: why, if the server said so. */
  | {
      readonly kind: "waiting";
      readonly attempt: number;
      readonly since: number;
      readonly retryAt: number;
      readonly problem: Problem | null;
    }
  /** The right to connect is gone: sign in, then `start()` again. */
  | { readonly kind: "signed_out"; readonly problem: Problem }
  /** The server speaks another version: reload the page. */
  | { readonly kind: "outdated"; readonly problem: Problem }
  /** Ended by `stop()`. */
  | { readonly kind: "stopped" };

/** What coming back brought, once it is complete. */
export interface ResumeSummary {
  /** When it was complete, local time. */
  readonly at: number;
  /** How long there was no connection. */
  readonly awayMs: number;
  /** Cells, rows and events that changed meanwhile, in views that were caught up by their differences. */
  readonly changes: number;
  /** Views that were sent anew as a whole instead; their changes are not counted. */
  readonly replaced: number;
  /** Why they were: each reason once. Empty if none was. */
  readonly reasons: readonly Reason[];
}

/** Views that were sent anew as a whole within a connection, because the log lost events that they had shown. */
export interface Rebuild {
  /** Local time. */
  readonly at: number;
  readonly views: number;
  /** Each reason once. */
  readonly reasons: readonly Reason[];
}
