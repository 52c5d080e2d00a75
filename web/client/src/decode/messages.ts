import type {
  Changed,
  Clock,
  Closing,
  Followed,
  Hello,
  Problem,
  ProblemCode,
  ProblemMessage,
  Rights,
  RightsReason,
  Stale,
  Subscribed,
  SubscribedView,
} from "../generated/wire.ts";
import {
  type Check,
  finite,
  flag,
  listOf,
  natural,
  nullable,
  object,
  oneOf,
  optional,
  positive,
  shaped,
  text,
} from "./check.ts";
import { reason } from "./frame.ts";

// Written as a record, so that a code added to the wire is a compile error here.
const PROBLEM_CODES: Readonly<Record<ProblemCode, true>> = {
  unauthorized: true,
  second_factor: true,
  forbidden: true,
  not_found: true,
  method_not_allowed: true,
  invalid_input: true,
  conflict: true,
  too_large: true,
  unsupported_media_type: true,
  view_too_large: true,
  too_many_views: true,
  too_many_feeds: true,
  position_refused: true,
  rate_limited: true,
  overloaded: true,
  storage_full: true,
  storage_failed: true,
  protocol_version: true,
  shutting_down: true,
  internal: true,
};

export function isProblemCode(value: string): value is ProblemCode {
  return Object.hasOwn(PROBLEM_CODES, value);
}

export const decodeProblem: Check<Problem> = shaped<Problem>({
  code: oneOf(...(Object.keys(PROBLEM_CODES) as ProblemCode[])),
  title: text,
  detail: text,
  retry: oneOf("never", "after_sign_in", "after_delay", "resync"),
});

export const decodeHello: Check<Hello> = shaped<Hello>({
  protocol: natural,
  now: finite,
  credit: natural,
  maxMessageBytes: natural,
});

export const decodeClock: Check<Clock> = shaped<Clock>({ now: finite });

export const decodeClosing: Check<Closing> = shaped<Closing>({ reconnectAfterMs: natural });

export const decodeStale: Check<Stale> = shaped<Stale>({ since: nullable(finite) });

export const decodeChanged: Check<Changed> = shaped<Changed>({
  all: flag,
  dashboards: listOf(text),
  views: listOf(text),
});

/** Its type makes a new reason fail to compile until it is here. */
const RIGHTS: Record<RightsReason, true> = {
  session: true,
  key: true,
  role: true,
  reach: true,
  grants: true,
  unknown: true,
};
export const decodeRights: Check<Rights> = shaped<Rights>({
  reason: oneOf(...(Object.keys(RIGHTS) as RightsReason[])),
});

export const decodeProblemMessage: Check<ProblemMessage> = shaped<ProblemMessage>({
  view: optional(text),
  feed: optional(text),
  problem: decodeProblem,
});

type Opened = Exclude<Followed, { problem: Problem }>;
type NotFollowed = Extract<Followed, { problem: Problem }>;

const opened = shaped<Opened>({ id: text, position: nullable(text) });
const notFollowed = shaped<NotFollowed>({ id: text, problem: decodeProblem, reason: optional(reason) });

export const decodeFollowed: Check<Followed> = (value, path) =>
  "problem" in object(value, path) ? notFollowed(value, path) : opened(value, path);

type Accepted = Exclude<SubscribedView, { problem: Problem }>;
type Refused = Extract<SubscribedView, { problem: Problem }>;

const accepted = shaped<Accepted>({ id: text, identity: text, stream: text, width: optional(positive) });
const refused = shaped<Refused>({ id: text, problem: decodeProblem });

const subscribedView: Check<SubscribedView> = (value, path) =>
  "problem" in object(value, path) ? refused(value, path) : accepted(value, path);

export const decodeSubscribed: Check<Subscribed> = shaped<Subscribed>({
  views: listOf(subscribedView) as Check<SubscribedView[]>,
});
