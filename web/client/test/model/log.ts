import type { FeedEvent, QuerySpec, Row } from "../../src/generated/wire.ts";

/** One stream's log as the model has it: all events, and a proof for each append. */
export class ModelLog {
  epoch = 1;
  /** Events of this group are not for the viewer. */
  withheld: string | null = null;
  events: FeedEvent[] = [];
  /** Offset after each append → its proof. */
  #proofs = new Map<number, string>([[0, "p0"]]);
  #issued = 0;

  append(events: readonly FeedEvent[]): void {
    this.events.push(...events);
    this.#issued += 1;
    this.#proofs.set(this.events.length, `p${this.#issued}`);
  }

  get offset(): number {
    return this.events.length;
  }

  position(): string {
    return `${this.epoch}.${this.offset}.${this.#proofs.get(this.offset)}`;
  }

  /** Another log takes this one's place. */
  wipe(): void {
    this.epoch += 1;
    this.events = [];
    this.#issued += 1;
    this.#proofs = new Map([[0, `p${this.#issued}`]]);
  }

  /** A failover that loses the last appends; their offsets are given out again. */
  loseTail(count: number): void {
    const ends = [...this.#proofs.keys()].sort((a, b) => a - b);
    const end = ends[Math.max(0, ends.length - 1 - count)] ?? 0;
    this.events.length = end;
    for (const offset of ends) if (offset > end) this.#proofs.delete(offset);
  }

  /** The offset to start from, or why the position cannot be honoured. */
  judge(position: string): number | "epoch" | "ahead" | "unproved" {
    const [epoch, offsetText, proof] = position.split(".");
    if (Number(epoch) !== this.epoch) return "epoch";
    const offset = Number(offsetText);
    if (offset > this.offset) return "ahead";
    return this.#proofs.get(offset) === proof ? offset : "unproved";
  }
}

export type Bounds = readonly [number, number];

/** What a view shows: text of its cell's key → the cell's value, recomputed from nothing each time. */
export type Picture = ReadonlyMap<string, unknown>;

/** The window of a query at a time of the server's clock; `null` for a feed. */
export function windowAt(query: QuerySpec, now: number): Bounds | null {
  if (query.range === undefined) return null;
  if (!("last" in query.range)) return [query.range.from, query.range.to];
  const width = widthOf(query);
  const to = (Math.floor(now / width) + 1) * width;
  return [to - Math.ceil(query.range.last / width) * width, to];
}

export function widthOf(query: QuerySpec): number {
  return query.bucket ?? 1_000;
}

/** Events of the first `offset` that the query is about. */
function matching(query: QuerySpec, log: ModelLog, offset: number): FeedEvent[] {
  const holds = (event: FeedEvent) =>
    (query.where ?? []).every(({ tag, op, values }) => values.includes(event.tags[tag] ?? "") === (op === "in"));
  return log.events.slice(0, offset).filter((event) => event.tags["g"] !== log.withheld && holds(event));
}

export function countMatching(query: QuerySpec, log: ModelLog, offset: number): number {
  return matching(query, log, offset).length;
}

export function feedEvents(query: QuerySpec, log: ModelLog, offset: number): FeedEvent[] {
  return matching(query, log, offset).slice(-(query.limit ?? 50));
}

/** Sums per group, and per bucket if `width` is given, as `key → [sum, count]`. */
export function cells(query: QuerySpec, log: ModelLog, offset: number, window: Bounds): Map<string, [number, number]> {
  const found = new Map<string, [number, number]>();
  for (const { time, tags, fields } of matching(query, log, offset)) {
    if (time < window[0] || time >= window[1]) continue;
    const labels = (query.groupBy ?? []).map((tag) => tags[tag] ?? null);
    const key = query.shape === "series" ? [labels, Math.floor(time / widthOf(query))] : [labels];
    const name = JSON.stringify(key);
    const [sum, count] = found.get(name) ?? [0, 0];
    found.set(name, [sum + Number(fields["value"] ?? 0), count + 1]);
  }
  return found;
}

/** Cells as the wire writes them. */
export function rowsOf(query: QuerySpec, changed: ReadonlyMap<string, readonly (number | null)[]>): Row[] {
  if (query.shape === "table") {
    return [...changed].map(([name, values]): Row => [JSON.parse(name)[0], [...values]]);
  }
  const groups = new Map<string, { labels: (string | null)[]; buckets: number[]; values: (number | null)[][] }>();
  for (const [name, values] of changed) {
    const [labels, bucket]: [(string | null)[], number] = JSON.parse(name);
    const key = JSON.stringify(labels);
    const group = groups.get(key) ?? { labels, buckets: [], values: values.map((): (number | null)[] => []) };
    groups.set(key, group);
    group.buckets.push(bucket);
    values.forEach((value, measure) => {
      group.values[measure]?.push(value);
    });
  }
  return [...groups.values()].map(({ labels, buckets, values }): Row => [labels, buckets, values]);
}
