import type { Changed, QuerySpec, Rights } from "../generated/wire.ts";
import type { Store } from "../store.ts";
import type { ConnectionState, Rebuild, ResumeSummary } from "./connection.ts";
import type { FollowHandler, Following, FollowOptions } from "./follow.ts";
import type { Clock, Transport } from "./ports.ts";
import type { DataOf, View } from "./view.ts";

/** What went wrong inside, for whoever looks after the page; the client has already dealt with it. */
export type Fault =
  /** The server sent something that cannot be understood. */
  | { readonly kind: "malformed"; readonly message: string; readonly detail: string }
  /** A frame, or a page, did not start where we stand. */
  | { readonly kind: "out_of_step"; readonly stream: string }
  /** A request was not answered in time. */
  | { readonly kind: "unanswered"; readonly message: string }
  /** A listener threw. */
  | { readonly kind: "listener"; readonly error: unknown };

/** The answer of `POST /api/v1/session/socket-token`, as far as it matters here. */
export interface SocketToken {
  readonly token: string;
  /** How long to wait before connecting, in ms; at once if absent. */
  readonly connectAfterMs?: number;
}

export interface ClientOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Fetches a fresh socket token for each attempt. Reject with a `ProblemError` to say why; anything else counts as "try later". */
  readonly token: () => Promise<SocketToken>;
  /** How long a closed view's data is kept up to date, 30 s if absent. */
  readonly warmMs?: number;
  readonly onFault?: (fault: Fault) => void;
}

/** One connection to one server, and the views watched over it. */
export interface Client {
  /** Connects. After `signed_out`, `outdated` or `stop()` it starts anew; otherwise it does nothing. */
  start(): void;
  /** Disconnects. Views keep their data. */
  stop(): void;
  /** Watches a query. Equal queries share one view; close each handle. */
  view<const Q extends QuerySpec>(query: Q): View<DataOf<Q>>;
  /** Follows a complete feed: the handler hears of every event of a stream once, in order. */
  follow(options: FollowOptions, handler: FollowHandler): Following;
  readonly connection: Store<ConnectionState>;
  /** What the last return brought; `null` until there was one. */
  readonly lastResume: Store<ResumeSummary | null>;
  /** The last time that the log lost events which were shown; `null` if it never did. What a return brought is not counted. */
  readonly lastRebuild: Store<Rebuild | null>;
  /**
   * Calls `listener` when somebody changed documents, such as dashboards. Within a connection none is left out; after
   * each new one fetch once what you hold. Returns the way out.
   */
  onChanged(listener: (changed: Changed) => void): () => void;
  /**
   * Calls `listener` when what the viewer may do, or see, was changed. Unless it is only about grants, the server then ends
   * the connection, and a new one goes by the new rights. Returns the way out.
   */
  onRights(listener: (rights: Rights) => void): () => void;
  /** A hidden page asks for no more frames: it costs nothing, and catches up when shown. */
  setHidden(hidden: boolean): void;
  /** The network is back, or the machine woke up: retry now, or make sure that the connection still lives. */
  wake(): void;
  /** The server's clock, as well as it is known. */
  serverNow(): number;
  /** Whether to say when the next picture is painted. Only now and then: to learn of it costs the page a message. */
  readonly awaitsPaint: boolean;
  /** Everything applied so far is now on the screen (local time `at`, now if absent): measures latency. */
  painted(at?: number): void;
}
