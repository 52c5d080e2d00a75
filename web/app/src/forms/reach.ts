import type { Reach } from "../api/session.ts";
import { peopleTexts } from "../strings/people.ts";

const text = peopleTexts.reach;

/** A reach while it is typed. */
export interface ReachDraft {
  readonly streams: string;
  readonly tags: readonly TagDraft[];
}

export interface TagDraft {
  /** Tells rows apart. */
  readonly key: number;
  readonly tag: string;
  readonly values: string;
}

export const EMPTY_REACH: ReachDraft = { streams: "", tags: [] };

/** The parts of a list that was typed. Values of tags may hold spaces, names of streams do not. */
export function splitList(typed: string, separator: RegExp = /[\s,]+/): string[] {
  return typed
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

export function draftOf({ streams, tags }: Reach): ReachDraft {
  const rows = Object.entries(tags).map(([tag, values], key) => ({ key, tag, values: values.join(", ") }));
  return { streams: streams.join(", "), tags: rows };
}

/** What was typed; rows that say nothing yet are left out. */
export function reachOf({ streams, tags }: ReachDraft): Reach {
  const rows = tags
    .map(({ tag, values }) => [tag.trim(), splitList(values, /,/)] as const)
    .filter(([tag, values]) => tag !== "" && values.length > 0);
  return { streams: splitList(streams), tags: Object.fromEntries(rows) };
}

/** A reach in one line. */
export function summary({ streams, tags }: Reach): string {
  const pairs = Object.entries(tags).map(([tag, values]) => `${tag}=${values.join(text.or)}`);
  const told = text.summary(streams.join(", "), pairs.join(", "));
  return told === "" ? text.all : told;
}
