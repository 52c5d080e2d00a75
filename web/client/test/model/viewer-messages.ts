import {
  type Check,
  finite,
  listOf,
  natural,
  object,
  oneOf,
  optional,
  positive,
  recordOf,
  shaped,
  text,
} from "../../src/decode/check.ts";
import type {
  Auth,
  Credit,
  FilterSpec,
  Follow,
  Have,
  MeasureSpec,
  QuerySpec,
  RangeSpec,
  Subscribe,
  SubscribeView,
  Unfollow,
  Unsubscribe,
} from "../../src/generated/wire.ts";

// What a viewer sends, as a server would read it: for the tests only, the client never receives these.

export const decodeAuth: Check<Auth> = shaped<Auth>({ token: text, protocol: natural });

export const decodeCredit: Check<Credit> = shaped<Credit>({ feed: optional(text), until: natural });

export const decodeUnfollow: Check<Unfollow> = shaped<Unfollow>({ feeds: listOf(text) as Check<string[]> });

export const decodeUnsubscribe: Check<Unsubscribe> = shaped<Unsubscribe>({ views: listOf(text) as Check<string[]> });

const measure = shaped<MeasureSpec>({
  fn: oneOf("count", "sum", "avg", "min", "max", "first", "last", "rate"),
  field: optional(text),
});

const filter = shaped<FilterSpec>({ tag: text, op: oneOf("in", "not_in"), values: listOf(text) as Check<string[]> });

export const decodeFollow: Check<Follow> = shaped<Follow>({
  id: text,
  stream: text,
  where: optional(listOf(filter) as Check<FilterSpec[]>),
  after: text,
  until: natural,
});

const range: Check<RangeSpec> = (value, path) =>
  "last" in object(value, path)
    ? shaped<{ last: number }>({ last: positive })(value, path)
    : shaped<{ from: number; to: number }>({ from: finite, to: finite })(value, path);

const query = shaped<QuerySpec>({
  stream: text,
  shape: oneOf("series", "table", "feed"),
  measures: optional(listOf(measure) as Check<MeasureSpec[]>),
  groupBy: optional(listOf(text) as Check<string[]>),
  where: optional(listOf(filter) as Check<FilterSpec[]>),
  range: optional(range),
  bucket: optional(positive),
  limit: optional(positive),
});

const window: Check<[number, number]> = (value, path) => listOf(finite)(value, path) as [number, number];

const have = shaped<Have>({ identity: text, window: optional(window) });

const view = shaped<SubscribeView>({ id: text, query, have: optional(have) });

export const decodeSubscribe: Check<Subscribe> = shaped<Subscribe>({
  views: listOf(view) as Check<SubscribeView[]>,
  position: optional(recordOf(text) as Check<{ [key in string]: string }>),
});
