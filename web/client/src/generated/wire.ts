// Generated from crates/sync by `make fix`. Do not edit.

export const PROTOCOL = 5;

export type ProblemCode = "unauthorized" | "second_factor" | "forbidden" | "not_found" | "method_not_allowed" | "invalid_input" | "conflict" | "too_large" | "unsupported_media_type" | "view_too_large" | "too_many_views" | "too_many_feeds" | "position_refused" | "rate_limited" | "overloaded" | "storage_full" | "storage_failed" | "protocol_version" | "shutting_down" | "internal";

export type Retry = "never" | "after_sign_in" | "after_delay" | "resync";

export type Problem = { 
/**
 * What went wrong, for programs.
 */
code: ProblemCode, 
/**
 * What went wrong, for people: the code's sentence.
 */
title: string, 
/**
 * What went wrong this time, and how to mend it.
 */
detail: string, 
/**
 * Whether trying again helps.
 */
retry: Retry, };

export type MeasureFn = "count" | "sum" | "avg" | "min" | "max" | "first" | "last" | "rate";

export type MeasureSpec = { 
/**
 * How values become one number.
 */
fn: MeasureFn, 
/**
 * Which field; may be left out for `count` and `rate`, which then count events.
 */
field?: string, };

export type FilterOp = "in" | "not_in";

export type FilterSpec = { 
/**
 * Which tag.
 */
tag: string, 
/**
 * `in` (present with one of the values) or `not_in` (absent, or with none of them).
 */
op: FilterOp, 
/**
 * Values to compare with; at least one.
 */
values: Array<string>, };

export type RangeSpec = { 
/**
 * Milliseconds; at least 1.
 */
last: number, } | { 
/**
 * First millisecond.
 */
from: number, 
/**
 * First millisecond no longer shown.
 */
to: number, };

export type ShapeSpec = "series" | "table" | "feed";

export type QuerySpec = { 
/**
 * The stream whose events are shown.
 */
stream: string, 
/**
 * `series`, `table` or `feed`.
 */
shape: ShapeSpec, 
/**
 * What is measured; at least one for a series or table, none for a feed.
 */
measures?: Array<MeasureSpec>, 
/**
 * Tags to group by.
 */
groupBy?: Array<string>, 
/**
 * Conditions on tags; all must hold.
 */
where?: Array<FilterSpec>, 
/**
 * Which time is shown; needed for a series or table.
 */
range?: RangeSpec, 
/**
 * Width of a bucket in milliseconds (series only); chosen from the range if absent.
 */
bucket?: number, 
/**
 * How many events a feed shows (feed only); 50 if absent.
 */
limit?: number, };

export type Auth = { 
/**
 * The short-lived socket token.
 */
token: string, 
/**
 * [`PROTOCOL`] of the client.
 */
protocol: number, };

export type Hello = { 
/**
 * [`PROTOCOL`] of the server.
 */
protocol: number, 
/**
 * The server's clock in ms.
 */
now: number, 
/**
 * Frames up to this number may come before a grant.
 */
credit: number, 
/**
 * Frames longer than this come in several messages.
 */
maxMessageBytes: number, };

export type Have = { 
/**
 * The identity that the acknowledgement told.
 */
identity: string, 
/**
 * The last window told, in ms; absent for a feed.
 */
window?: [number, number], };

export type SubscribeView = { 
/**
 * The viewer's name for it.
 */
id: string, 
/**
 * What it shows.
 */
query: QuerySpec, 
/**
 * Resume: what the viewer still holds of it.
 */
have?: Have, };

export type Subscribe = { 
/**
 * Views to open.
 */
views: Array<SubscribeView>, 
/**
 * Resume: the viewer's whole position, stream → position text.
 */
position?: { [key in string]: string }, };

export type SubscribedView = { 
/**
 * The viewer's name for it.
 */
id: string, 
/**
 * Names the query as understood; present it when resuming.
 */
identity: string, 
/**
 * The stream whose position it goes by.
 */
stream: string, 
/**
 * Bucket width (series) or window step (table) in ms; absent for a feed.
 */
width?: number, } | { 
/**
 * The viewer's name for it.
 */
id: string, 
/**
 * Why.
 */
problem: Problem, };

export type Subscribed = { 
/**
 * One entry per view asked for, in the same order.
 */
views: Array<SubscribedView>, };

export type Unsubscribe = { 
/**
 * Views to close.
 */
views: Array<string>, };

export type Credit = { 
/**
 * The complete feed whose pages are granted; absent: frames are.
 */
feed?: string, 
/**
 * Number of the last frame, or page, that may come.
 */
until: number, };

export type Clock = { 
/**
 * The server's clock in ms.
 */
now: number, };

export type ProblemMessage = { 
/**
 * The view that failed and is gone.
 */
view?: string, 
/**
 * The complete feed that failed and is gone; neither it nor a view: a message of the viewer's was in vain.
 */
feed?: string, 
/**
 * What went wrong.
 */
problem: Problem, };

export type Closing = { 
/**
 * When to connect again, in ms from now.
 */
reconnectAfterMs: number, };

export type Stale = { 
/**
 * Up to when views are complete, in ms; `null`: the server is cut off no longer.
 */
since: number | null, };

export type Changed = { 
/**
 * What was changed is not known one by one: fetch everything again.
 */
all: boolean, 
/**
 * Dashboards that were added, saved, deleted or moved, by id.
 */
dashboards: readonly string[], 
/**
 * Dashboards over which the viewer's own personal view was changed, by id.
 */
views: readonly string[], };

export type RightsReason = "session" | "key" | "role" | "reach" | "grants" | "unknown";

export type Rights = { 
/**
 * What changed.
 */
reason: RightsReason, };

export type FeedValue = boolean | number | number | string;

export type FeedEvent = { 
/**
 * When it happened, in ms.
 */
time: number, 
/**
 * Its tags.
 */
tags: { [key in string]: string }, 
/**
 * Its fields.
 */
fields: { [key in string]: FeedValue }, };

export type Row = [(string | null)[], number[], (number | null)[][]] | [(string | null)[], (number | null)[]] | FeedEvent;

export type Reason = "new" | "query" | "floor" | "smaller" | "window" | "epoch" | "ahead" | "unproved" | "expired";

export type Change = { 
/**
 * Why the view is replaced.
 */
reason?: Reason, 
/**
 * `[from, to)` in ms, if it changed.
 */
window?: [number, number], 
/**
 * Feed: matching events passed over; `null`: not known; absent: none.
 */
skipped?: number | null, 
/**
 * Table: groups to drop.
 */
removed?: Array<Array<string | null>>, 
/**
 * All rows: forget the others first.
 */
replace?: Array<Row>, 
/**
 * Changed rows: keep the others.
 */
diff?: Array<Row>, };

export type Part = { 
/**
 * The viewer's name for the view.
 */
view: string, 
/**
 * Why the view is replaced.
 */
reason?: Reason, 
/**
 * `[from, to)` in ms, if it changed.
 */
window?: [number, number], 
/**
 * Feed: matching events passed over; `null`: not known; absent: none.
 */
skipped?: number | null, 
/**
 * Table: groups to drop.
 */
removed?: Array<Array<string | null>>, 
/**
 * All rows: forget the others first.
 */
replace?: Array<Row>, 
/**
 * Changed rows: keep the others.
 */
diff?: Array<Row>, };

export type Frame = { 
/**
 * Counts frames per connection from 1; the messages of one frame share it.
 */
seq: number, 
/**
 * Another message of this frame follows; this one has no `from` and `to`.
 */
more?: boolean, 
/**
 * The server's clock in ms.
 */
now: number, 
/**
 * When the newest event in it was accepted, in ms.
 */
accepted?: number, 
/**
 * Where the viewer must stand, per moving stream; `null`: nowhere yet. A moving stream that is not here starts where
 * the last frame of this connection that moved it led.
 */
from?: { [key in string]: string | null }, 
/**
 * Where the viewer stands after it, per moving stream. A leading `~` stands for what is before the first dot where the
 * stream starts, the dot included; only with streams that are not in `from`.
 */
to?: { [key in string]: string }, 
/**
 * With the last message of a frame that came in several: how many. Who counted another number has lost one.
 */
messages?: number, 
/**
 * What changes, to be applied in order.
 */
parts: Array<Part>, };

export type Follow = { 
/**
 * The viewer's name for the feed.
 */
id: string, 
/**
 * The stream whose events it wants.
 */
stream: string, 
/**
 * Conditions on tags; an event must meet all.
 */
where?: Array<FilterSpec>, 
/**
 * A position told by this server, or `start` or `end`.
 */
after: string, 
/**
 * Number of the last page that may come.
 */
until: number, };

export type Followed = { 
/**
 * The viewer's name for the feed.
 */
id: string, 
/**
 * Why.
 */
problem: Problem, 
/**
 * Why the position cannot be honoured, if it is that: `epoch`, `ahead` or `unproved`.
 */
reason?: Reason, } | { 
/**
 * The viewer's name for the feed.
 */
id: string, 
/**
 * Where it starts; `null`: before the stream's first event.
 */
position: string | null, };

export type Unfollow = { 
/**
 * Feeds to close.
 */
feeds: Array<string>, };

export type Gone = { 
/**
 * The first that is gone.
 */
from: number, 
/**
 * The first that is there again.
 */
to: number, };

export type Page = { 
/**
 * The viewer's name for the feed.
 */
feed: string, 
/**
 * Counts the feed's pages from 1.
 */
seq: number, 
/**
 * Where the viewer must stand in the feed; `null`: before the stream's first event.
 */
from: string | null, 
/**
 * Where it stands after this page.
 */
to: string, 
/**
 * Events that retention took before this feed could tell them; they come before `events`.
 */
gone?: Gone, 
/**
 * What matches between `from` and `to`, in the log's order.
 */
events: Array<FeedEvent>, };
