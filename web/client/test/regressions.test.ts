import { describe, expect, it, vi } from "vitest";
import { createClient } from "../src/client.ts";
import type { FeedEvent, QuerySpec } from "../src/generated/wire.ts";
import type { Fault } from "../src/types/client.ts";
import type { View } from "../src/types/view.ts";
import { FakeClock, settle } from "./model/fake-clock.ts";
import { cells, feedEvents } from "./model/log.ts";
import { Network } from "./model/network.ts";
import { ModelSession, problemOf } from "./model/server.ts";

// How viewers are known to lose events elsewhere, as far as it lies with the client: the real one against the model of a
// server. What must be held is recomputed from the model's log.

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

const measures = [{ fn: "sum", field: "value" }, { fn: "count" }] as const;
const QUERIES: readonly QuerySpec[] = [
  { stream: "a", shape: "series", groupBy: ["g"], measures: [...measures], range: { last: 20_000 }, bucket: 1_000 },
  { stream: "a", shape: "table", groupBy: ["g"], measures: [...measures], range: { last: 20_000 } },
  { stream: "a", shape: "feed", limit: 5 },
];

class Page {
  readonly clock = new FakeClock();
  /** No chance: nothing takes longer, nothing is sent whole for a whim. */
  readonly network = new Network(this.clock, () => 0.5);
  readonly faults: Fault[] = [];
  readonly client = createClient({
    transport: this.network,
    clock: this.clock,
    random: () => 0.5,
    token: async () => ({ token: "token" }),
    onFault: (fault) => this.faults.push(fault),
  });
  readonly views: readonly View[] = QUERIES.map((query) => this.client.view(query));
  frames = 0;

  /** Connected, with so many events on show. */
  static async open(events: number): Promise<Page> {
    const page = new Page();
    page.client.start();
    await page.come();
    if (events > 0) page.append(events);
    await page.flow();
    return page;
  }

  append(count: number): void {
    const event = (index: number): FeedEvent => ({
      time: this.network.serverNow,
      tags: { g: ["x", "y", "z"][index % 3] ?? "" },
      fields: { value: index },
    });
    this.network.server.log("a").append(Array.from({ length: count }, (_, index) => event(index)));
  }

  /** Time passes until there is a connection. */
  async come(): Promise<void> {
    for (let tries = 0; tries < 60 && this.client.connection.get().kind !== "live"; tries += 1) {
      await settle();
      this.#deliver();
      await settle();
      if (this.client.connection.get().kind !== "live") this.clock.advance(SECOND);
    }
    expect(this.client.connection.get().kind).toBe("live");
  }

  /** Everything that there is to tell is told. */
  async flow(): Promise<void> {
    for (let rounds = 0; rounds < 4; rounds += 1) {
      const wire = this.network.current;
      while (wire !== undefined && wire.toServer.length > 0) wire.toServer.shift()?.();
      this.#deliver();
      wire?.flush();
      this.#deliver();
      await settle();
    }
  }

  async resume(): Promise<void> {
    await this.come();
    await this.flow();
  }

  #deliver(): void {
    const wire = this.network.current;
    while (wire !== undefined && wire.toViewer.length > 0) if (wire.deliver() !== null) this.frames += 1;
  }

  /** What is on show is what the log says. */
  check(what = ""): void {
    const log = this.network.server.log("a");
    for (const { query, data, state } of this.views) {
      expect(state.kind, what).toBe("live");
      if (data.shape === "feed") {
        const shown = data.items.map(({ time, tags, fields }) => ({ time, tags, fields }));
        expect(shown, what).toEqual(feedEvents(query, log, log.offset));
        continue;
      }
      const due = cells(query, log, log.offset, data.window ?? [0, 0]);
      expect(new Map([...shownCells(data)].sort()), `${what}: ${query.shape}`).toEqual(new Map([...due].sort()));
    }
  }

  /** The return brought differences alone. */
  broughtDifferences(what = ""): void {
    expect(this.client.lastResume.get(), what).toMatchObject({ replaced: 0, reasons: [] });
  }
}

function shownCells(data: Exclude<View["data"], { shape: "feed" }>): Map<string, unknown> {
  if (data.shape === "table") {
    return new Map([...data.rows.values()].map(({ labels, values }) => [JSON.stringify([labels]), values]));
  }
  const width = data.width ?? Number.NaN;
  return new Map(
    data.groups.flatMap(({ labels, times, values }) =>
      [...times].map((time, row): [string, unknown] => [
        JSON.stringify([labels, time / width]),
        values.map((column) => column[row]),
      ]),
    ),
  );
}

describe("nothing is lost and nothing counted twice", () => {
  it("when the connection is cut again and again", async () => {
    const page = await Page.open(6);
    for (let cut = 1; cut <= 30; cut += 1) {
      page.network.cut();
      page.append(4);
      await page.resume();
      page.check(`cut ${cut}`);
      page.broughtDifferences(`cut ${cut}`);
    }
  });

  it("when a message of a frame is lost where a connection goes from one transport to another", async () => {
    const page = await Page.open(6);
    page.append(4);
    const wire = page.network.current;
    wire?.flush();
    for (const delivery of wire?.toViewer ?? []) {
      if (!("event" in delivery) || delivery.event.kind !== "message") continue;
      const frame = delivery.event.payload as { parts: unknown[]; messages?: number };
      expect(frame.parts.splice(0, 1)).toHaveLength(1);
      frame.messages = 2;
    }
    await page.flow();
    expect(page.faults).toMatchObject([{ kind: "malformed", message: "frame" }]);
    await page.resume();
    page.check();
    page.broughtDifferences();
  });

  it("when there was no event before the cut", async () => {
    const page = await Page.open(0);
    page.network.cut();
    page.append(7);
    await page.resume();
    page.check();
  });

  it("when a page was hidden for an hour: it asks for nothing, and is current with one frame", async () => {
    const page = await Page.open(6);
    page.client.setHidden(true);
    const before = page.frames;
    for (let passed = 0; passed < HOUR; passed += 10 * SECOND) {
      page.append(2);
      page.clock.advance(10 * SECOND);
      await page.flow();
    }
    expect(page.frames - before, "what it had granted before").toBeLessThanOrEqual(8);
    const hidden = page.frames;
    page.client.setHidden(false);
    page.network.current?.toServer.splice(0).forEach((take) => {
      take();
    });
    await page.flow();
    page.check();
    expect(page.frames - hidden).toBe(1);
    expect(page.client.lastResume.get(), "it was never away").toBeNull();
  });

  it("when a laptop slept for a night: its dead connection is given up, and the next one brings the difference", async () => {
    const page = await Page.open(6);
    const dead = page.network.current;
    // Asleep: no timer fires, and what the server says goes nowhere.
    page.clock.jump(8 * HOUR);
    page.append(40);
    page.client.wake();
    page.clock.advance(2_500);
    expect(page.client.connection.get().kind, "nobody answered").not.toBe("live");
    expect(dead?.over).toBe(true);
    await page.resume();
    page.check();
    page.broughtDifferences();
  });

  it("when the machine's clock jumps either way, connected or not", async () => {
    for (const jump of [-24 * HOUR, -HOUR, -1, 1, HOUR, 24 * HOUR]) {
      const page = await Page.open(6);
      // The server's clock stands where it stood: only this machine's is set.
      const set = (ms: number) => {
        page.clock.jump(ms);
        const { server } = page.network;
        Object.assign(server, { clockOffsetMs: server.clockOffsetMs - ms });
      };
      set(jump);
      page.append(4);
      await page.flow();
      page.check(`${jump} ms, connected`);
      expect(Math.abs(page.client.serverNow() - page.network.serverNow), `${jump} ms`).toBeLessThan(SECOND);
      page.network.cut();
      set(-jump);
      page.append(4);
      await page.resume();
      page.check(`${jump} ms, away`);
      page.broughtDifferences(`${jump} ms`);
    }
  });

  it("when the server's clock is far ahead of this machine's, or far behind", async () => {
    for (const ahead of [-HOUR, HOUR]) {
      const page = new Page();
      Object.assign(page.network.server, { clockOffsetMs: ahead });
      page.client.start();
      page.append(6);
      await page.resume();
      page.check(`${ahead} ms`);
      expect(Math.abs(page.client.serverNow() - page.network.serverNow), `${ahead} ms`).toBeLessThan(SECOND);
      page.network.cut();
      page.append(6);
      await page.resume();
      page.check(`${ahead} ms, after a cut`);
      page.broughtDifferences(`${ahead} ms`);
    }
  });

  it("when an old connection still talks while the new one resumes", async () => {
    const page = await Page.open(6);
    const old = page.network.current;
    page.append(3);
    old?.flush();
    page.network.cut();
    page.append(3);
    await page.come();
    for (const late of old?.toViewer.splice(0) ?? []) if ("event" in late) old?.tell(late.event);
    await page.flow();
    for (const late of old?.toViewer.splice(0) ?? []) if ("event" in late) old?.tell(late.event);
    page.check();
    page.broughtDifferences();
    expect(page.faults).toEqual([]);
  });

  it("when the log was wiped, or lost its tail and gave the offsets out again: it is told why", async () => {
    for (const [happen, reason] of [
      ["wipe", "epoch"],
      ["loseTail", "ahead"],
      ["reissue", "unproved"],
    ] as const) {
      const page = await Page.open(6);
      page.append(2);
      await page.flow();
      page.network.cut();
      const log = page.network.server.log("a");
      if (happen === "wipe") log.wipe();
      else log.loseTail(1);
      if (happen !== "loseTail") page.append(2);
      if (happen !== "loseTail") page.append(9);
      await page.resume();
      page.check(happen);
      expect(page.client.lastResume.get(), happen).toMatchObject({ replaced: 3, reasons: [reason] });
    }
  });

  it("when every view of a stream failed: no position is presented for cells that go by none", async () => {
    const page = await Page.open(6);
    const wire = page.network.current;
    for (const { id } of page.views) {
      wire?.session.fail(id);
      wire?.message("problem", { view: id, problem: problemOf("storage_failed", "after_delay") });
    }
    await page.flow();
    expect(page.views.map(({ state }) => state.kind)).toEqual(["failed", "failed", "failed"]);
    page.network.cut();
    const subscribe = vi.spyOn(ModelSession.prototype, "subscribe");
    page.append(3);
    await page.resume();
    expect(subscribe.mock.calls[0]?.[0].position).toBeUndefined();
    page.check();
  });
});
