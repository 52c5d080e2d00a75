import { readdirSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { canonicalQuery } from "../src/asked/query.ts";
import { createClient } from "../src/client.ts";
import { type Frame, PROTOCOL, type QuerySpec, type Subscribe, type Subscribed } from "../src/generated/wire.ts";
import type { Client, Fault } from "../src/types/client.ts";
import type { Transport, TransportConnection, TransportEvent } from "../src/types/ports.ts";
import type { View } from "../src/types/view.ts";
import { FakeClock, settle } from "./model/fake-clock.ts";

/** Those that are kept, or as many more as `crates/testkit/tests/worlds.rs` wrote elsewhere. */
const elsewhere = process.env["TIDEBOARD_WORLDS"];
const folder =
  elsewhere === undefined
    ? new URL("../../../fixtures/protocol/worlds/", import.meta.url)
    : pathToFileURL(`${elsewhere}/`);

/** What a viewer of a simulated world heard, had to say and had to hold, as the simulation wrote it down. */
interface World {
  readonly name: string;
  readonly steps: readonly Step[];
}

type Step =
  | { readonly wants: { readonly id: string; readonly query: QuerySpec } }
  | { readonly connected: object; readonly subscribe: Subscribe; readonly subscribed: Subscribed }
  | { readonly subscribe: Subscribe; readonly subscribed: Subscribed }
  | { readonly frame: Frame; readonly position?: object; readonly views?: Readonly<Record<string, Held>> }
  | { readonly grants: number }
  | { readonly hidden: boolean }
  | { readonly cut: true };

interface Held {
  readonly window?: readonly [number, number];
  readonly cells?: readonly (readonly unknown[])[];
  readonly feed?: readonly unknown[];
}

interface Asked {
  readonly message: Subscribe;
  readonly answer: (payload: unknown) => void;
}

/** The server as it was written down. */
class Recorded implements Transport {
  /** Whether somebody waits to be let in. */
  waiting = false;
  asked: Asked[] = [];
  grants: unknown[] = [];
  tell: (event: TransportEvent) => void = () => {};

  open(_auth: object, listener: (event: TransportEvent) => void): TransportConnection {
    this.waiting = true;
    this.tell = listener;
    return {
      send: (name, payload) => {
        if (name === "credit") this.grants.push((payload as { until: number }).until);
      },
      request: (name, payload, answer) => {
        if (name === "subscribe") this.asked.push({ message: structuredClone(payload) as Subscribe, answer });
      },
      close: () => {
        this.waiting = false;
      },
    };
  }
}

class Replay {
  readonly clock = new FakeClock();
  readonly server = new Recorded();
  readonly faults: Fault[] = [];
  readonly views = new Map<string, View>();
  /** What each view must show. */
  readonly due = new Map<string, Held>();
  readonly client: Client = createClient({
    transport: this.server,
    clock: this.clock,
    random: () => 0.5,
    token: async () => ({ token: "token" }),
    onFault: (fault) => this.faults.push(fault),
  });

  async step(step: Step): Promise<void> {
    if ("wants" in step) {
      const view = this.client.view(step.wants.query);
      expect(view.id).toBe(step.wants.id);
      this.views.set(view.id, view);
    } else if ("connected" in step) {
      await this.#connect(step.connected);
      this.#subscribe(step.subscribe, step.subscribed, "resume");
    } else if ("subscribe" in step) {
      this.clock.advance(0);
      this.#subscribe(step.subscribe, step.subscribed, "more");
    } else if ("frame" in step) {
      this.#frame(step);
    } else if ("grants" in step) {
      expect(this.server.grants.shift()).toBe(step.grants);
    } else if ("hidden" in step) {
      this.client.setHidden(step.hidden);
      await settle();
    } else {
      this.server.waiting = false;
      this.server.tell({ kind: "closed", reason: "transport close" });
      await settle();
    }
    expect(this.faults).toEqual([]);
  }

  async #connect(hello: object): Promise<void> {
    this.client.start();
    await settle();
    for (let seconds = 0; !this.server.waiting && seconds < 60; seconds += 1) {
      this.clock.advance(1_000);
      await settle();
    }
    expect(this.server.waiting).toBe(true);
    this.server.waiting = false;
    this.server.asked = [];
    expect(this.server.grants).toEqual([]);
    this.server.tell({ kind: "opened", transport: "websocket" });
    this.server.tell({ kind: "message", name: "hello", payload: { protocol: PROTOCOL, ...hello } });
    expect(this.client.connection.get().kind).toBe("live");
  }

  /** What the client asks is what the world's viewer asked; it is answered as that one was. */
  #subscribe(due: Subscribe, answer: Subscribed, kind: "resume" | "more"): void {
    const asked = this.server.asked.splice(0);
    const views = asked.flatMap(({ message }) => message.views);
    const inOrder = (list: Subscribe["views"]) =>
      list
        .map((view) => ({ ...view, query: canonicalQuery(view.query) }))
        .sort((a, b) => (a.id < b.id ? -1 : Number(a.id > b.id)));
    expect(inOrder(views)).toEqual(inOrder(due.views));
    // In a connection under way positions say nothing any more.
    if (kind === "resume") {
      expect(Object.assign({}, ...asked.map(({ message }) => message.position))).toEqual(due.position ?? {});
    }
    for (const { message, answer: tell } of asked) {
      const ids = new Set(message.views.map(({ id }) => id));
      tell(structuredClone({ views: answer.views.filter(({ id }) => ids.has(id)) }));
    }
  }

  #frame({ frame, position, views }: Extract<Step, { frame: Frame }>): void {
    expect(this.server.grants).toEqual([]);
    this.server.tell({ kind: "message", name: "frame", payload: structuredClone(frame) });
    if (position === undefined) expect(frame.more).toBe(true);
    for (const [id, held] of Object.entries(views ?? {})) this.due.set(id, held);
    // Every view, not only those that changed: a frame must leave the others alone.
    for (const [id, held] of this.due) {
      const view = this.views.get(id);
      expect(view?.state.kind).toBe("live");
      expect({ id, ...(view && shown(view)) }).toEqual({ id, ...held });
    }
  }
}

/** What a view shows, in the words of the simulation. */
function shown({ data }: View): Held {
  switch (data.shape) {
    case "feed":
      return { feed: data.items.map(({ time, tags, fields }) => ({ time, tags, fields })) };
    case "table":
      return held(
        data.window,
        [...data.rows.values()].map(({ labels, values }) => [labels, values]),
      );
    case "series": {
      const cells = data.groups.flatMap(({ labels, times, values }) =>
        [...times].map((time, row) => {
          const own = values.map((column) => (Number.isNaN(column[row]) ? null : column[row]));
          return [labels, time / (data.width ?? Number.NaN), own];
        }),
      );
      return held(data.window, cells);
    }
    default:
      return data satisfies never;
  }
}

function held(window: readonly [number, number] | null, cells: readonly (readonly unknown[])[]): Held {
  return { ...(window === null ? { window: null as never } : { window }), cells: [...cells].sort(byKey) };
}

/** By group, then by bucket, as the simulation sorts: no tag before any, texts by their bytes. */
function byKey(a: readonly unknown[], b: readonly unknown[]): number {
  const [one, other] = [a[0] as (string | null)[], b[0] as (string | null)[]];
  for (const [index, text] of one.entries()) {
    const than = other[index] ?? null;
    if (text === than) continue;
    if (text === null || than === null) return text === null ? -1 : 1;
    return text < than ? -1 : 1;
  }
  return Number(a[1]) - Number(b[1]);
}

describe("the worlds of the simulation", () => {
  const files = readdirSync(folder).filter((file) => file.endsWith(".json"));

  it("are there", () => {
    expect(files.length).toBeGreaterThanOrEqual(20);
  });

  for (const file of files) {
    const world: World = JSON.parse(readFileSync(new URL(file, folder), "utf8"));
    it(`${world.name}: asks, grants and holds what the simulated viewer did, bit for bit`, async () => {
      const replay = new Replay();
      for (const step of world.steps) await replay.step(step);
      expect(replay.due.size).toBeGreaterThan(0);
    });
  }
});
