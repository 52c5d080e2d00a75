import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalQuery } from "../src/asked/query.ts";
import { createClient } from "../src/client.ts";
import type { FeedEvent, QuerySpec } from "../src/generated/wire.ts";
import type { Client, Fault } from "../src/types/client.ts";
import type { TransportEvent } from "../src/types/ports.ts";
import type { View } from "../src/types/view.ts";
import { FakeClock, settle } from "./model/fake-clock.ts";
import { cells, feedEvents, type ModelLog } from "./model/log.ts";
import { Network } from "./model/network.ts";
import { QUERIES } from "./model/queries.ts";
import { type Expectation, problemOf } from "./model/server.ts";

const ACTIONS = [
  "run",
  "run",
  "run",
  "run",
  "run",
  "append",
  "append",
  "append",
  "tick",
  "tick",
  "flush",
  "flush",
  "to_viewer",
  "to_viewer",
  "to_viewer",
  "to_server",
  "to_server",
  "pump",
  "pump",
  "open",
  "open",
  "close",
  "hide",
  "show",
  "cut",
  "cut",
  "cut_twice",
  "cut_twice",
  "restart",
  "wipe",
  "lose_tail",
  "rights",
  "twice",
  "stale",
  "garbage",
  "refuse",
  "fail_view",
  "closing",
  "cut_off",
  "cut_off_no_longer",
  "changed",
  "wake",
  "jump",
] as const;
type Action = (typeof ACTIONS)[number];

/** What a view must show, as the model computes it. */
interface Expected {
  readonly cells: string;
  readonly window: string;
}

class World {
  readonly clock = new FakeClock();
  readonly random: () => number;
  readonly network: Network;
  readonly client: Client;
  readonly faults: Fault[] = [];
  readonly open: { query: QuerySpec; view: View }[] = [];
  readonly expected = new Map<string, Expected>();

  constructor(seed: number) {
    this.random = generator(seed);
    this.network = new Network(this.clock, this.random);
    this.client = createClient({
      transport: this.network,
      clock: this.clock,
      random: this.random,
      token: async () => ({ token: "token" }),
      warmMs: 3_000,
      onFault: (fault) => this.faults.push(fault),
    });
    this.client.start();
  }

  async act(action: Action): Promise<void> {
    if (action === "run") await this.#run();
    else if (action === "cut_twice") await this.#cutTwice();
    else this.#do(action);
    await settle();
    this.check();
  }

  #do(action: Exclude<Action, "run" | "cut_twice">): void {
    const { network, client, clock, random } = this;
    const wire = network.current;
    switch (action) {
      case "append":
        this.#append();
        return;
      case "tick":
        clock.advance(Math.floor(random() * 1_500));
        return;
      case "flush":
        wire?.flush();
        return;
      case "to_viewer":
        this.#deliver();
        return;
      case "to_server":
        wire?.toServer.shift()?.();
        return;
      case "pump":
        this.#pump();
        return;
      case "open": {
        const query = this.#pick(QUERIES);
        this.open.push({ query, view: client.view(query) });
        return;
      }
      case "close":
        this.open.splice(Math.floor(random() * this.open.length), 1)[0]?.view.close();
        return;
      case "hide":
      case "show":
        client.setHidden(action === "hide");
        return;
      case "cut":
        network.cut();
        return;
      case "restart":
        network.cut();
        network.refuseNext = random() < 0.5 ? "shutting_down" : "unauthorized";
        return;
      case "wipe":
        network.cut();
        network.server.log(this.#pick(["a", "b", "c"])).wipe();
        return;
      case "lose_tail":
        network.cut();
        network.server.log(this.#pick(["a", "b", "c"])).loseTail(2);
        return;
      case "rights":
        network.cut();
        network.server.changeRights();
        return;
      case "twice": {
        // A whole frame again. (Half of one is no frame: TCP does not repeat, and nothing could tell it.)
        this.#append();
        wire?.flush();
        const next = wire?.toViewer[0];
        if (next !== undefined && "event" in next && !isIncomplete(next.event)) {
          wire?.toViewer.splice(1, 0, { event: next.event });
        }
        return;
      }
      case "stale":
        this.#stale();
        return;
      case "garbage":
        wire?.tell({ kind: "message", name: "frame", payload: { seq: 1, now: 0, parts: [{ view: "v1" }] } });
        return;
      case "refuse":
        network.refuseNext = this.#pick(["overloaded", "unauthorized", "xhr poll error"]);
        return;
      case "fail_view":
        this.#failView();
        return;
      case "closing":
        wire?.message("closing", { reconnectAfterMs: 400 });
        return;
      case "cut_off":
        wire?.message("stale", { since: network.serverNow });
        return;
      case "cut_off_no_longer":
        wire?.message("stale", { since: null });
        return;
      case "changed":
        wire?.message("changed", { all: false, dashboards: ["shop"], views: [] });
        return;
      case "wake":
        client.wake();
        // Signed in again, if it was signed out.
        client.start();
        return;
      case "jump":
        clock.jump(Math.floor(random() * 2_000));
        return;
      default:
        action satisfies never;
    }
  }

  #append(): void {
    const stream = this.#pick(["a", "a", "b", "c"]);
    const events = Array.from({ length: 1 + Math.floor(this.random() * 6) }, (): FeedEvent => {
      // Mostly now, sometimes late, sometimes from a clock that runs ahead.
      const spread = this.random() < 0.7 ? 0 : (this.random() - 0.7) * 12_000;
      const tags: Record<string, string> = { g: this.#pick(["x", "y", "z"]) };
      if (this.random() < 0.5) tags["h"] = this.#pick(["1", "2"]);
      const time = Math.floor(this.network.serverNow + spread);
      return { time, tags, fields: { value: Math.floor(this.random() * 100) } };
    });
    this.network.server.log(stream).append(events);
  }

  /** A while in which nothing goes wrong, so that there is something to lose afterwards. */
  async #run(): Promise<void> {
    this.client.start();
    for (let round = 0; round < 3; round += 1) {
      this.clock.advance(300);
      await settle();
      this.#drain();
      await settle();
    }
  }

  /** The return from a cut is cut as well, after any number of messages. */
  async #cutTwice(): Promise<void> {
    this.network.cut();
    if (this.random() < 0.3) this.network.server.changeRights();
    this.clock.advance(500);
    await settle();
    for (let messages = Math.floor(this.random() * 8); messages > 0; messages -= 1) {
      this.network.current?.toServer.shift()?.();
      if (this.random() < 0.3) this.network.current?.flush();
      this.#deliver();
      this.check();
    }
    this.network.cut();
  }

  #pump(): void {
    for (let round = 0; round < 8; round += 1) {
      this.network.current?.toServer.shift()?.();
      this.network.current?.flush();
      this.#deliver();
    }
  }

  /** Delivers everything, and flushes until there is nothing to tell. */
  #drain(): void {
    for (let flushes = 0; flushes < 3; ) {
      const wire = this.network.current;
      if (wire === undefined) return;
      if (wire.toServer.length > 0) wire.toServer.shift()?.();
      else if (wire.toViewer.length > 0) this.#deliver();
      else {
        wire.flush();
        flushes += wire.toViewer.length > 0 ? 0 : 1;
      }
    }
  }

  #deliver(): void {
    const wire = this.network.current;
    const expectation = wire?.deliver() ?? null;
    if (expectation !== null && wire?.over === false) this.#expect(expectation);
  }

  /** The frame went through whole: what it carried must be on show now. */
  #expect({ standings }: Expectation): void {
    for (const { query, standing } of standings.values()) {
      const log = this.network.server.log(query.stream);
      this.expected.set(JSON.stringify(query), {
        cells: picture(query, log, standing.offset, standing.window),
        window: JSON.stringify(standing.window),
      });
    }
  }

  /** An old connection still talks. */
  #stale(): void {
    const old = this.network.wires.find((wire) => wire.over && wire.toViewer.length > 0);
    const delivery = old?.toViewer.shift();
    if (delivery !== undefined && "event" in delivery) old?.tell(delivery.event);
  }

  #failView(): void {
    const wire = this.network.current;
    const [id] = wire?.session.views.keys() ?? [];
    if (wire === undefined || id === undefined) return;
    wire.session.fail(id);
    wire.message("problem", { view: id, problem: problemOf("storage_failed", "after_delay") });
  }

  /** Cells shown == the server's cells at the position that the viewer was taken to. */
  check(): void {
    const connection = this.client.connection.get();
    if (connection.kind === "live") expect(connection.staleSince !== null).toBe(this.network.current?.cutOff ?? false);
    for (const { query, view } of this.open) {
      if (view.state.kind !== "live") continue;
      const expected = this.expected.get(JSON.stringify(canonicalQuery(query)));
      expect(shown(view)).toEqual(expected);
    }
  }

  /** Nothing goes wrong any more: soon everything must be current. */
  async calm(): Promise<void> {
    this.network.refuseNext = null;
    await this.#useUpCredit();
    this.client.setHidden(false);
    this.client.wake();
    for (let round = 0; round < 40; round += 1) {
      this.client.start();
      this.clock.advance(1_000);
      await settle();
      this.#drain();
      await settle();
      this.check();
    }
    expect(this.client.connection.get().kind).toBe("live");
    // Time no longer passes, so that the windows stand still.
    this.#drain();
    for (const { query, view } of this.open) {
      expect(view.state.kind).toBe("live");
      const log = this.network.server.log(query.stream);
      const window = view.data.shape === "feed" ? null : (view.data.window ?? null);
      expect(shown(view).cells).toBe(picture(query, log, log.offset, window));
    }
  }

  /** Hidden, until the server has no more credit. */
  async #useUpCredit(): Promise<void> {
    this.client.setHidden(true);
    for (let round = 0; round < 12; round += 1) {
      this.#append();
      await this.act("pump");
    }
  }

  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.random() * from.length)] as T;
  }
}

function isIncomplete(event: TransportEvent): boolean {
  return event.kind === "message" && (event.payload as { more?: boolean }).more === true;
}

function picture(query: QuerySpec, log: ModelLog, offset: number, window: readonly [number, number] | null): string {
  if (query.shape === "feed") return JSON.stringify(feedEvents(query, log, offset));
  return JSON.stringify([...cells(query, log, offset, window ?? [0, 0])].sort(byKey));
}

function shown({ data }: View): Expected {
  if (data.shape === "feed") {
    const events = data.items.map(({ time, tags, fields }) => ({ time, tags, fields }));
    return { cells: JSON.stringify(events), window: "null" };
  }
  const found: [string, unknown][] = [];
  if (data.shape === "table") {
    for (const { labels, values } of data.rows.values()) found.push([JSON.stringify([labels]), values]);
  } else {
    for (const { labels, times, values } of data.groups) {
      for (const [row, time] of times.entries()) {
        const bucket = time / (data.width ?? Number.NaN);
        found.push([JSON.stringify([labels, bucket]), values.map((column) => column[row])]);
      }
    }
  }
  return { cells: JSON.stringify(found.sort(byKey)), window: JSON.stringify(data.window) };
}

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}

/** Numbers in [0, 1) that a seed determines. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

const runs = Number(process.env["TIDEBOARD_SIMULATIONS"] ?? 60);

describe("whatever happens to the connection", () => {
  it("a viewer's cells are the server's cells at its position, and it comes back", {
    timeout: 120_000 + runs * 500,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...ACTIONS), { minLength: 20, maxLength: 160, size: "max" }),
        fc.integer(),
        async (actions, seed) => {
          const world = new World(seed);
          for (const action of ["open", "open", "run", ...actions] as const) await world.act(action);
          await world.calm();
        },
      ),
      { numRuns: runs, ...(process.env["TIDEBOARD_SEED"] ? { seed: Number(process.env["TIDEBOARD_SEED"]) } : {}) },
    );
  });
});
