import type { Credit, FeedEvent, Follow, Followed, Page, Unfollow } from "../../src/generated/wire.ts";
import type { Transport, TransportConnection, TransportEvent } from "../../src/types/ports.ts";

interface Feed {
  readonly where: Follow["where"];
  readonly name: string;
  /** Offset told so far; `null`: the stream has no event yet and the viewer was told so. */
  at: number | null;
  seq: number;
  until: number;
}

/** A server of one stream's complete feeds, written from docs/protocol.md. A position is `epoch.offset`. */
export class FeedServer implements Transport {
  epoch = 1;
  events: FeedEvent[] = [];
  /** The first offset that retention has left. */
  first = 1;
  /** What `follow` is answered with instead, once. */
  refuseNext: Extract<Followed, { problem: unknown }> | null = null;
  connections = 0;
  readonly feeds = new Map<string, Feed>();
  /** Most pages that were ever on their way or with the handler. */
  toViewer: (() => void)[] = [];
  readonly asked: Follow[] = [];
  readonly granted: Credit[] = [];
  #tell: (event: TransportEvent) => void = () => {};

  open(_auth: object, listener: (event: TransportEvent) => void): TransportConnection {
    this.connections += 1;
    this.#tell = listener;
    this.feeds.clear();
    this.toViewer = [];
    const number = this.connections;
    const hear = (name: string, payload: object, answer?: (payload: unknown) => void) => {
      if (number === this.connections) this.#hear(name, JSON.parse(JSON.stringify(payload)), answer ?? (() => {}));
    };
    this.toViewer.push(() => listener({ kind: "opened", transport: "websocket" }));
    this.message("hello", { protocol: 5, now: 0, credit: 8, maxMessageBytes: 262_144 });
    return { send: hear, request: hear, close: () => {} };
  }

  message(name: string, payload: unknown): void {
    const copy = structuredClone(payload);
    const tell = this.#tell;
    this.toViewer.push(() => tell({ kind: "message", name, payload: copy }));
  }

  /** The connection breaks; what is under way is lost. */
  cut(): void {
    this.feeds.clear();
    this.toViewer = [];
    this.connections += 1;
    this.#tell({ kind: "closed", reason: "cut" });
  }

  /** Sends each feed a page of up to so many events, if it has credit and there is something to tell. */
  serve(size: number): void {
    for (const feed of this.feeds.values()) {
      const offset = feed.at ?? 0;
      if (feed.seq >= feed.until || offset >= this.events.length) continue;
      const start = Math.max(offset + 1, this.first);
      const end = Math.min(start + size - 1, this.events.length);
      const gone = start > offset + 1 ? { gone: { from: offset + 1, to: start } } : {};
      feed.seq += 1;
      const from = feed.at === null ? null : this.position(feed.at);
      feed.at = end;
      const events = this.events.slice(start - 1, end).filter((event) => matches(feed, event));
      const page: Page = { feed: feed.name, seq: feed.seq, from, to: this.position(end), ...gone, events };
      this.message("page", page);
    }
  }

  position(offset: number): string {
    return `${this.epoch}.${offset}`;
  }

  #hear(name: string, payload: unknown, answer: (payload: unknown) => void): void {
    switch (name) {
      case "follow": {
        const message = payload as Follow;
        this.asked.push(message);
        const followed = this.#follow(message);
        this.toViewer.push(() => answer(followed));
        return;
      }
      case "unfollow":
        for (const id of (payload as Unfollow).feeds) this.feeds.delete(id);
        return;
      case "credit": {
        const { feed, until } = payload as Credit;
        this.granted.push({ ...(feed === undefined ? {} : { feed }), until });
        const followed = this.feeds.get(feed ?? "");
        if (followed !== undefined) followed.until = Math.max(followed.until, until);
        return;
      }
      case "clock":
        answer({ now: 0 });
        return;
      default:
        throw new Error(`the viewer sent ${name}`);
    }
  }

  #follow({ id, where, after, until }: Follow): Followed {
    if (this.refuseNext !== null) {
      const refused = { ...this.refuseNext, id };
      this.refuseNext = null;
      return refused;
    }
    if (this.feeds.has(id)) throw new Error(`the viewer used the name ${id} twice`);
    const at = this.#place(after);
    if (at === "epoch" || at === "ahead") {
      const problem = { code: "position_refused", title: "T", detail: "D", retry: "resync" } as const;
      return { id, problem, reason: at };
    }
    this.feeds.set(id, { name: id, where, at, seq: 0, until });
    return { id, position: at === null ? null : this.position(at) };
  }

  #place(after: string): number | null | "epoch" | "ahead" {
    if (after === "start") return null;
    if (after === "end") return this.events.length === 0 ? null : this.events.length;
    const [epoch, offset] = after.split(".").map(Number);
    if (epoch !== this.epoch) return "epoch";
    return Number(offset) > this.events.length ? "ahead" : Number(offset);
  }
}

function matches({ where }: Feed, { tags }: FeedEvent): boolean {
  return (where ?? []).every(({ tag, op, values }) => values.includes(tags[tag] ?? "") === (op === "in"));
}
