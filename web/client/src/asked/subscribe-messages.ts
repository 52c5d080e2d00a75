import type { Subscribe, SubscribeView } from "../generated/wire.ts";
import type { WatchedView } from "./watched-view.ts";

/** A little below what the server takes in one message. */
const MAX_MESSAGE_BYTES = 60_000;

/** One `subscribe` and the views it is for, in the same order. */
export interface SubscribeMessage {
  readonly views: readonly WatchedView[];
  readonly message: Subscribe;
}

interface Draft {
  readonly views: WatchedView[];
  readonly entries: SubscribeView[];
  readonly position: Map<string, string>;
  bytes: number;
}

/**
 * The messages that open these views, as few as their length allows. `claims` says that the connection is new, so that
 * what is held may be claimed; `positionOf` gives the position for a stream that has not moved in this connection.
 *
 * A claim counts only until its stream's first frame. A stream that does not fit into one message could move before
 * the next one arrives; its further views give their claim up and are sent anew.
 */
export function subscribeMessages(
  views: Iterable<WatchedView>,
  claims: "claim" | "anew",
  positionOf: (stream: string) => string | undefined,
): SubscribeMessage[] {
  const drafts: Draft[] = [];
  const begun = new Map<string, Draft>();
  for (const view of [...views].sort(byStream)) {
    const { stream } = view;
    let draft = drafts.at(-1);
    let entry = entryFor(view, claims === "claim" && (begun.get(stream) ?? draft) === draft);
    const bytes = utf8Length(JSON.stringify(entry)) + utf8Length(stream) + utf8Length(positionOf(stream) ?? "");
    if (draft === undefined || draft.bytes + bytes > MAX_MESSAGE_BYTES) {
      draft = { views: [], entries: [], position: new Map(), bytes: 0 };
      drafts.push(draft);
      if (begun.has(stream)) entry = entryFor(view, false);
    }
    if (claims === "claim" && entry.have === undefined) view.disown();
    if (!begun.has(stream)) begun.set(stream, draft);
    const position = positionOf(stream);
    if (position !== undefined) draft.position.set(stream, position);
    draft.views.push(view);
    draft.entries.push(entry);
    draft.bytes += bytes;
  }
  return drafts.map(({ views: asked, entries, position }) => ({
    views: asked,
    message: { views: entries, ...(position.size === 0 ? {} : { position: Object.fromEntries(position) }) },
  }));
}

function entryFor({ id, query, have }: WatchedView, claim: boolean): SubscribeView {
  return { id, query, ...(claim && have !== undefined ? { have } : {}) };
}

function byStream(a: WatchedView, b: WatchedView): number {
  return a.stream < b.stream ? -1 : Number(a.stream > b.stream);
}

/** Bytes of the text in UTF-8; this room has no `TextEncoder`. */
function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
