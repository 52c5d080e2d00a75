import type { FeedEvent, Gone, Page } from "../generated/wire.ts";
import { type Check, listOf, Malformed, nullable, optional, positive, shaped, text } from "./check.ts";
import { feedEvent } from "./frame.ts";

const bounds = shaped<Gone>({ from: positive, to: positive });

const gone: Check<Gone> = (value, path) => {
  const range = bounds(value, path);
  if (range.from >= range.to) throw new Malformed(path, "from before to");
  return range;
};

export const decodePage: Check<Page> = shaped<Page>({
  feed: text,
  seq: positive,
  from: nullable(text),
  to: text,
  gone: optional(gone),
  events: listOf(feedEvent) as Check<FeedEvent[]>,
});
