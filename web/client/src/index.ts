export { createClient } from "./client.ts";
export * from "./generated/wire.ts";
export { ProblemError } from "./problem.ts";
export type { Store } from "./store.ts";
export { isLostLog } from "./told/lost-log.ts";
export type { Client, ClientOptions, Fault, SocketToken } from "./types/client.ts";
export type { ConnectionState, Rebuild, ResumeSummary } from "./types/connection.ts";
export type { FollowHandler, Following, FollowOptions, FollowPage, FollowState } from "./types/follow.ts";
export type { Clock, Transport, TransportConnection, TransportEvent, TransportKind } from "./types/ports.ts";
export type {
  DataOf,
  FeedData,
  FeedItem,
  Labels,
  SeriesData,
  SeriesGroup,
  TableData,
  TableRow,
  View,
  ViewData,
  ViewState,
  Window,
} from "./types/view.ts";
