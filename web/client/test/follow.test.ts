import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createClient } from "../src/client.ts";
import type { FeedEvent, Gone, Problem } from "../src/generated/wire.ts";
import type { Fault } from "../src/types/client.ts";
import type { Following, FollowOptions, FollowPage } from "../src/types/follow.ts";
import { FakeClock, settle } from "./model/fake-clock.ts";
import { FeedServer } from "./model/feed-server.ts";

const problem = (code: Problem["code"], retry: Problem["retry"]): Problem => ({ code, title: "T", detail: "D", retry });

/** A client that follows, and a handler that takes as long as it is told to. */
class World {
  readonly clock = new FakeClock();
  readonly server = new FeedServer();
  readonly faults: Fault[] = [];
  readonly client = createClient({
    transport: this.server,
    clock: this.clock,
    random: () => 0.5,
    token: async () => ({ token: "token" }),
    onFault: (fault) => this.faults.push(fault),
  });
  /** Numbers of the events handled, of the pages that are done. */
  handled: number[] = [];
  gone: Gone[] = [];
  /** With the handler now; more than one at once is a defect. */
  readonly working: { readonly page: FollowPage; readonly done: (error?: unknown) => void }[] = [];
  readonly following: Following;
  #events = 0;

  constructor(options: Partial<FollowOptions> = {}) {
    this.following = this.client.follow(
      { stream: "s", after: "start", ...options },
      {
        onPage: (page) =>
          new Promise((resolve, reject) => {
            expect(this.working).toEqual([]);
            const done = (error?: unknown) => {
              this.working.length = 0;
              if (error !== undefined) return reject(error);
              this.handled.push(...page.events.map(({ fields }) => Number(fields["number"])));
              if (page.gone !== null) this.gone.push(page.gone);
              resolve();
            };
            this.working.push({ page, done });
          }),
      },
    );
    this.client.start();
  }

  append(count: number): void {
    for (let index = 0; index < count; index += 1) {
      this.#events += 1;
      const event: FeedEvent = {
        time: 0,
        tags: { g: this.#events % 3 === 0 ? "x" : "y" },
        fields: { number: this.#events },
      };
      this.server.events.push(event);
    }
  }

  async deliver(messages = Number.POSITIVE_INFINITY): Promise<void> {
    await settle();
    for (let count = 0; count < messages && this.server.toViewer.length > 0; count += 1) {
      this.server.toViewer.shift()?.();
      await settle();
    }
  }

  async done(): Promise<void> {
    this.working[0]?.done();
    await settle();
  }

  /** Everything goes well until there is nothing left to tell. */
  async rest(): Promise<void> {
    for (let round = 0; round < 500; round += 1) {
      this.clock.advance(1_000);
      await this.deliver();
      this.server.serve(3);
      await this.deliver();
      await this.done();
    }
  }
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe("a complete feed", () => {
  it("hands over every event once, and is sent no more pages than its handler has dealt with, and a few", async () => {
    const world = new World();
    world.append(20);
    await world.deliver();
    for (let round = 0; round < 10; round += 1) world.server.serve(1);
    await world.deliver();
    expect(world.server.feeds.get("f1")?.seq).toBe(4);
    expect(world.handled).toEqual([]);
    await world.done();
    world.server.serve(1);
    world.server.serve(1);
    expect(world.server.feeds.get("f1")?.seq).toBe(5);
    await world.rest();
    expect(world.handled).toEqual(upTo(20));
    expect(world.following.state.get()).toEqual({ kind: "following" });
    expect(world.following.position).toBe("1.20");
    expect(world.faults).toEqual([]);
  });

  it("goes on after a cut with what came last, while the handler still works on what came before", async () => {
    const world = new World();
    world.append(6);
    await world.deliver();
    world.server.serve(2);
    world.server.serve(2);
    await world.deliver();
    expect(world.following.position).toBe("start");
    world.server.cut();
    expect(world.following.state.get()).toEqual({ kind: "waiting" });
    await world.done();
    expect(world.following.position).toBe("1.2");
    world.clock.advance(1_000);
    await world.deliver();
    expect(world.server.asked.at(-1)).toEqual({ id: "f1", stream: "s", after: "1.4", until: 3 });
    await world.rest();
    expect(world.handled).toEqual(upTo(6));
  });

  it("that begins at the end misses nothing from its first answer on, even without a page", async () => {
    const world = new World({ after: "end" });
    await world.deliver();
    world.server.cut();
    world.append(2);
    await world.rest();
    expect(world.handled).toEqual(upTo(2));
    const late = new World({ after: "end" });
    late.append(3);
    await late.deliver();
    late.server.cut();
    late.append(2);
    await late.rest();
    expect(late.handled).toEqual([4, 5]);
  });

  it("tells what retention took, by its range", async () => {
    const world = new World();
    world.append(10);
    await world.deliver();
    world.server.serve(2);
    await world.deliver();
    world.server.cut();
    world.server.first = 8;
    await world.rest();
    expect(world.handled).toEqual([1, 2, 8, 9, 10]);
    expect(world.gone).toEqual([{ from: 3, to: 8 }]);
  });

  it("that matches little is told how far it got", async () => {
    const world = new World({ where: [{ tag: "g", op: "in", values: ["x"] }] });
    world.append(8);
    await world.rest();
    expect(world.server.asked[0]?.where).toEqual([{ tag: "g", op: "in", values: ["x"] }]);
    expect([world.handled, world.following.position]).toEqual([[3, 6], "1.8"]);
  });

  it("whose position is refused waits to be told where to go on", async () => {
    const world = new World();
    world.append(4);
    await world.deliver();
    world.server.serve(4);
    await world.deliver();
    await world.done();
    world.server.cut();
    world.server.epoch = 2;
    world.server.events = [];
    world.append(3);
    await world.rest();
    expect(world.following.state.get()).toMatchObject({ kind: "refused", reason: "epoch" });
    expect(world.handled).toEqual(upTo(4));
    world.following.resume("start");
    await world.rest();
    expect(world.handled).toEqual(upTo(7));
    expect(world.following.position).toBe("2.3");
  });

  it("whose handler fails stops, and starts with that page again", async () => {
    const world = new World();
    world.append(6);
    await world.deliver();
    world.server.serve(2);
    world.server.serve(2);
    await world.deliver();
    await world.done();
    world.working[0]?.done(new Error("mine"));
    await settle();
    expect(world.following.state.get()).toEqual({ kind: "failed", error: new Error("mine") });
    expect([world.following.position, world.server.feeds.size]).toEqual(["1.2", 0]);
    expect(world.faults).toEqual([{ kind: "listener", error: new Error("mine") }]);
    world.following.resume();
    await world.rest();
    expect(world.handled).toEqual(upTo(6));
  });

  it("is asked for again where the server is busy, and given up where it says never", async () => {
    const world = new World();
    world.append(2);
    world.server.refuseNext = { id: "", problem: problem("storage_failed", "after_delay") };
    await world.deliver();
    expect(world.following.state.get()).toEqual({ kind: "waiting" });
    world.clock.advance(1_000);
    await world.deliver();
    expect(world.following.state.get()).toEqual({ kind: "following" });
    world.server.message("problem", { feed: "f2", problem: problem("storage_failed", "after_delay") });
    world.server.feeds.clear();
    await world.deliver();
    expect(world.following.state.get()).toEqual({ kind: "waiting" });
    await world.rest();
    expect(world.handled).toEqual(upTo(2));
    const never = problem("too_many_feeds", "never");
    world.server.message("problem", { feed: "f3", problem: never });
    await world.deliver();
    expect(world.following.state.get()).toEqual({ kind: "refused", problem: never, reason: null });
  });

  it("that is closed is heard of no more", async () => {
    const world = new World();
    world.append(6);
    await world.deliver();
    world.server.serve(2);
    world.server.serve(2);
    await world.deliver();
    world.following.close();
    await world.done();
    expect([world.working.length, world.server.feeds.size]).toEqual([0, 0]);
    expect(world.following.state.get()).toEqual({ kind: "closed" });
    await world.rest();
    expect(world.handled).toEqual([1, 2]);
    const failing = new World();
    failing.append(2);
    await failing.deliver();
    failing.server.serve(2);
    await failing.deliver();
    failing.following.close();
    failing.working[0]?.done(new Error("mine"));
    await settle();
    expect([failing.following.state.get(), failing.faults]).toEqual([{ kind: "closed" }, []]);
  });

  it("comes back with a page that does not start where it stands", async () => {
    const world = new World();
    world.append(6);
    await world.deliver();
    world.server.message("page", { feed: "f1", seq: 1, from: "1.3", to: "1.4", events: [] });
    await world.deliver();
    expect(world.faults).toEqual([{ kind: "out_of_step", stream: "s" }]);
    await world.rest();
    expect(world.handled).toEqual(upTo(6));
  });

  it("hands over every event once, or says what is gone, whatever happens", async () => {
    const action = fc.constantFrom(
      "append",
      "serve",
      "serve",
      "deliver",
      "deliver",
      "done",
      "done",
      "cut",
      "tick",
      "trim",
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(action, fc.integer({ min: 1, max: 4 })), { maxLength: 120 }),
        async (actions) => {
          const world = new World();
          for (const [name, count] of actions) {
            if (name === "append") world.append(count);
            else if (name === "serve") world.server.serve(count);
            else if (name === "deliver") await world.deliver(count);
            else if (name === "done") await world.done();
            else if (name === "cut") world.server.cut();
            else if (name === "trim")
              world.server.first = Math.min(world.server.first + count, world.server.events.length + 1);
            else world.clock.advance(count * 400);
            await settle();
          }
          await world.rest();
          const passed = (number: number) => world.gone.some(({ from, to }) => from <= number && number < to);
          expect(world.handled).toEqual(upTo(world.server.events.length).filter((number) => !passed(number)));
          expect(world.faults).toEqual([]);
        },
      ),
      { numRuns: 150 },
    );
  });
});
