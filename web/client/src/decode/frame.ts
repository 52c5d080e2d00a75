import type { FeedEvent, FeedValue, Frame, Part, Reason, Row } from "../generated/wire.ts";
import {
  array,
  type Check,
  finite,
  flag,
  listOf,
  Malformed,
  natural,
  nullable,
  object,
  oneOf,
  optional,
  positive,
  recordOf,
  shaped,
  text,
} from "./check.ts";

export const decodeFrame: Check<Frame> = (value, path) => {
  const frame = members(value, path);
  if (frame.more === true && (frame.from !== undefined || frame.to !== undefined)) {
    throw new Malformed(path, "no from and to beside more");
  }
  for (const [stream, end] of Object.entries(frame.to ?? {})) {
    if (end.startsWith("~") && Object.hasOwn(frame.from ?? {}, stream)) {
      throw new Malformed(`${path}.to["${stream}"]`, "written out, as it starts from what from says");
    }
  }
  return frame;
};

// Runs once per value received, so it builds no path until there is something to complain about.
function values(value: unknown, path: string): readonly (number | null)[] {
  const items = array(value, path);
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index];
    if (item !== null && !Number.isFinite(item)) throw new Malformed(`${path}[${index}]`, "a finite number or null");
  }
  return items as readonly (number | null)[];
}

function buckets(value: unknown, path: string): readonly number[] {
  const items = array(value, path);
  for (let index = 0; index < items.length; index += 1) {
    if (!Number.isSafeInteger(items[index])) throw new Malformed(`${path}[${index}]`, "a whole number");
  }
  return items as readonly number[];
}

const labels = listOf(nullable(text));

function seriesRow(row: readonly unknown[], path: string): void {
  labels(row[0], `${path}[0]`);
  const { length } = buckets(row[1], `${path}[1]`);
  const columns = array(row[2], `${path}[2]`);
  for (let index = 0; index < columns.length; index += 1) {
    const place = `${path}[2][${index}]`;
    if (values(columns[index], place).length !== length) throw new Malformed(place, `${length} values, one per bucket`);
  }
}

const feedValue: Check<FeedValue> = (value, path) => {
  if (typeof value === "string" || typeof value === "boolean" || Number.isFinite(value)) return value as FeedValue;
  throw new Malformed(path, "a finite number, a text, true or false");
};

export const feedEvent = shaped<FeedEvent>({
  time: finite,
  tags: recordOf(text),
  fields: recordOf(feedValue),
});

const row: Check<Row> = (value, path) => {
  if (!Array.isArray(value)) return feedEvent(value, path);
  if (value.length === 3) {
    seriesRow(value, path);
  } else if (value.length === 2) {
    labels(value[0], `${path}[0]`);
    values(value[1], `${path}[1]`);
  } else {
    throw new Malformed(path, "a row of 2 or 3 members");
  }
  return value as Row;
};

const window: Check<[number, number]> = (value, path) => {
  const bounds = array(value, path);
  if (bounds.length !== 2) throw new Malformed(path, "two times");
  if (finite(bounds[0], `${path}[0]`) > finite(bounds[1], `${path}[1]`)) throw new Malformed(path, "from before to");
  return value as [number, number];
};

// Written as a record, so that a reason added to the wire is a compile error here.
const REASONS: Readonly<Record<Reason, true>> = {
  new: true,
  query: true,
  floor: true,
  smaller: true,
  window: true,
  epoch: true,
  ahead: true,
  unproved: true,
  expired: true,
};

export const reason: Check<Reason> = oneOf(...(Object.keys(REASONS) as Reason[]));

const partMembers = shaped<Part>({
  view: text,
  reason: optional(reason),
  window: optional(window),
  skipped: optional(nullable(natural)),
  removed: optional(listOf(labels) as Check<Part["removed"]>),
  replace: optional(listOf(row) as Check<Row[]>),
  diff: optional(listOf(row) as Check<Row[]>),
});

const part: Check<Part> = (value, path) => {
  const found = object(value, path);
  if ((found.replace === undefined) === (found.diff === undefined)) {
    throw new Malformed(path, "exactly one of replace and diff");
  }
  return partMembers(value, path);
};

const members = shaped<Frame>({
  seq: positive,
  more: optional(flag),
  now: finite,
  accepted: optional(finite),
  from: optional(recordOf(nullable(text)) as Check<{ [key in string]: string | null }>),
  to: optional(recordOf(text) as Check<{ [key in string]: string }>),
  messages: optional(positive),
  parts: listOf(part) as Check<Part[]>,
});
