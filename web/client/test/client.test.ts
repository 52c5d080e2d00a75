import { describe, expect, it } from "vitest";
import type { Part, Problem, QuerySpec, Subscribe } from "../src/generated/wire.ts";
import { ProblemError } from "../src/problem.ts";
import { settle } from "./model/fake-clock.ts";
import { setUp } from "./model/scripted.ts";

const series = {
  stream: "a",
  shape: "series",
  measures: [{ fn: "count" }],
  range: { last: 5_000 },
} satisfies QuerySpec;
const feed = { stream: "b", shape: "feed" } satisfies QuerySpec;

const whole = (view: string): Part => ({ view, reason: "new", window: [0, 5_000], replace: [[[], [1], [[7]]]] });
const problem = (code: Problem["code"], retry: Problem["retry"]): Problem => ({ code, title: "T", detail: "D", retry });

describe("views", () => {
  it("of equal queries are one on the wire, and views opened together are asked for together", async () => {
    const { client, server, clock, connect } = setUp();
    await connect();
    const one = client.view(series);
    const same = client.view({ ...series });
    client.view(feed);
    expect(one.id).toBe(same.id);
    clock.advance(0);
    const asked = server.payloads("subscribe") as Subscribe[];
    expect(asked.map(({ views }) => views.map(({ id }) => id))).toEqual([["v1", "v2"]]);
  });

  it("stay warm after the last handle closed, and are given up after that", async () => {
    const { client, server, clock, connect, frame } = setUp();
    server.clock = () => clock.now();
    const view = client.view(series);
    await connect();
    server.acknowledge();
    frame({ a: [null, "p1"] }, [whole(view.id)]);
    view.close();
    view.close();
    clock.advance(29_000);
    const again = client.view(series);
    expect([again.id, again.state.kind, again.data.groups.length]).toEqual([view.id, "live", 1]);
    clock.advance(3_600);
    expect(server.payloads("unsubscribe")).toEqual([]);
    again.close();
    clock.advance(30_000);
    expect(server.payloads("unsubscribe")).toEqual([{ views: [view.id] }]);
    expect(client.view(series).id).not.toBe(view.id);
  });

  it("tell their listeners once per frame, after all of it is applied, whatever the others do", async () => {
    const { client, server, connect, frame, faults } = setUp();
    const left = client.view(series);
    const right = client.view({ ...series, bucket: 1_000 });
    await connect();
    server.acknowledge();
    const heard: number[] = [];
    left.subscribe(() => {
      throw new Error("mine");
    });
    const leave = left.subscribe(() => heard.push(right.data.groups.length));
    frame({ a: [null, "p1"] }, [whole(left.id), { view: left.id, diff: [[["x"], [2], [[1]]]] }, whole(right.id)]);
    expect(heard).toEqual([1]);
    expect(faults).toEqual([{ kind: "listener", error: expect.any(Error) }]);
    leave();
    frame({ a: ["p1", "p2"] }, [{ view: left.id, diff: [[["x"], [2], [[2]]]] }]);
    expect(heard).toEqual([1]);
  });

  it("that fail for good lose what may no longer be seen, and come back when asked to", async () => {
    const { client, server, clock, connect, frame } = setUp();
    const view = client.view(series);
    await connect();
    server.acknowledge();
    frame({ a: [null, "p1"] }, [whole(view.id)]);
    const forbidden = problem("forbidden", "never");
    server.message("problem", { view: view.id, problem: forbidden });
    expect(view.state).toEqual({ kind: "failed", problem: forbidden, retrying: false });
    expect(view.data.groups).toEqual([]);
    view.retry();
    clock.advance(0);
    server.acknowledge();
    frame({ a: ["p1", "p2"] }, [whole(view.id)]);
    expect(view.state.kind).toBe("live");
  });

  it("that fail for a while are asked for again under another name, without a claim", async () => {
    const { client, server, clock, connect, frame } = setUp();
    const view = client.view(series);
    await connect();
    server.acknowledge();
    frame({ a: [null, "p1"] }, [whole(view.id)]);
    server.message("problem", { view: "v1", problem: problem("storage_failed", "after_delay") });
    expect([view.state.kind, view.data.groups.length, view.id]).toEqual(["failed", 1, "v2"]);
    clock.advance(1_000);
    const last = (server.payloads("subscribe") as Subscribe[]).at(-1);
    expect(last?.views).toEqual([{ id: "v2", query: view.query }]);
  });

  it("that are refused say why", async () => {
    const { client, server, connect } = setUp();
    const view = client.view(series);
    await connect();
    const refused = problem("invalid_input", "never");
    server.sent.find(({ name }) => name === "subscribe")?.answer?.({ views: [{ id: view.id, problem: refused }] });
    expect(view.state).toEqual({ kind: "failed", problem: refused, retrying: false });
  });
});

describe("a resume", () => {
  it("presents the positions of streams that cells are held of, and says what it brought", async () => {
    const { client, server, clock, connect, reconnect, frame, restartFrames } = setUp();
    const view = client.view(series);
    const events = client.view(feed);
    await connect();
    server.acknowledge("i1");
    frame({ a: [null, "p1"] }, [whole(view.id)]);
    clock.advance(6_000 - 1_500);
    server.tell({ kind: "closed", reason: "cut" });
    expect(client.connection.get()).toMatchObject({ kind: "waiting", since: clock.now(), problem: null });
    await reconnect(12_000);
    expect(server.payloads("subscribe")).toEqual([
      {
        views: [
          { id: view.id, query: view.query, have: { identity: "i1", window: [0, 5_000] } },
          { id: events.id, query: events.query },
        ],
        position: { a: "p1" },
      },
    ]);
    restartFrames();
    const event = { time: 1, tags: {}, fields: {} };
    frame({ a: ["p1", "p5"], b: [null, "q1"] }, [
      { view: view.id, diff: [[[], [1, 2, 3], [[8, 1, 1]]]] },
      { view: events.id, reason: "new", replace: [event, event] },
    ]);
    expect(client.lastResume.get()).toEqual({ at: clock.now(), awayMs: 12_000, changes: 3, replaced: 0, reasons: [] });
  });

  it("is complete without streams that never had an event", async () => {
    const { client, server, connect, reconnect, frame, restartFrames } = setUp();
    const view = client.view(series);
    const events = client.view(feed);
    await connect();
    server.acknowledge();
    frame({ a: [null, "p1"] }, [whole(view.id)]);
    frame({}, [{ view: events.id, reason: "new", replace: [] }]);
    server.tell({ kind: "closed", reason: "cut" });
    await reconnect(12_000);
    server.acknowledge();
    restartFrames();
    frame({ a: ["p1", "p2"] }, [{ view: view.id, diff: [[[], [2], [[1]]]] }]);
    expect(client.lastResume.get()).toMatchObject({ awayMs: 12_000, changes: 1, replaced: 0 });
  });

  it("says honestly when a view had to be sent anew", async () => {
    const { client, server, connect, reconnect, frame, restartFrames } = setUp();
    const view = client.view(series);
    await connect();
    server.acknowledge();
    frame({ a: [null, "p1"] }, [whole(view.id)]);
    server.tell({ kind: "closed", reason: "cut" });
    await reconnect();
    restartFrames();
    frame({ a: ["p1", "x9"] }, [
      { ...whole(view.id), reason: "epoch" },
      { view: view.id, diff: [[[], [2], [[1]]]] },
    ]);
    expect(client.lastResume.get()).toMatchObject({ changes: 0, replaced: 1, reasons: ["epoch"] });
  });

  it("claims no cells for an identity whose cells never came", async () => {
    const { client, server, connect, reconnect, frame } = setUp();
    const view = client.view(series);
    await connect();
    server.acknowledge("old");
    frame({ a: [null, "p1"] }, [whole(view.id)]);
    server.tell({ kind: "closed", reason: "cut" });
    await reconnect();
    server.acknowledge("new");
    server.tell({ kind: "closed", reason: "cut" });
    await reconnect();
    const [subscribe] = server.payloads("subscribe") as Subscribe[];
    expect(subscribe?.views[0]?.have?.identity).toBe("old");
  });

  it("follows a frame that starts elsewhere, a malformed one, and an answer that never comes", async () => {
    const { client, server, clock, connect, reconnect, frame, faults, restartFrames } = setUp();
    const view = client.view(series);
    await connect();
    server.acknowledge();
    frame({ a: ["elsewhere", "p1"] }, [whole(view.id)]);
    expect(client.connection.get().kind).toBe("waiting");
    expect(view.state.kind).toBe("loading");
    await reconnect();
    restartFrames();
    server.message("frame", { seq: 1 });
    expect(client.connection.get().kind).toBe("waiting");
    await reconnect();
    for (const { name, answer } of server.sent) if (name === "clock") answer?.({ now: clock.now() });
    clock.advance(60_000);
    expect(faults.map(({ kind }) => kind)).toEqual(["out_of_step", "malformed", "unanswered"]);
    expect(faults[1]).toMatchObject({ message: "frame", detail: "frame.now: expected a finite number" });
  });

  it("is not begun by words of an old connection", async () => {
    const { client, server, connect, reconnect } = setUp();
    await connect();
    const old = server.tell;
    server.tell({ kind: "closed", reason: "cut" });
    await reconnect();
    old({ kind: "message", name: "frame", payload: "rubbish" });
    old({ kind: "closed", reason: "late" });
    expect(client.connection.get().kind).toBe("live");
  });
});

describe("a server that is cut off from the events", () => {
  it("is live, says since when, and its views keep their picture", async () => {
    const { client, server, clock, connect, frame } = setUp();
    const view = client.view(series);
    await connect();
    server.acknowledge();
    frame({ a: [null, "p1"] }, [whole(view.id)]);
    expect(client.connection.get()).toMatchObject({ kind: "live", staleSince: null });
    let heard = 0;
    client.connection.subscribe(() => {
      heard += 1;
    });
    // The server's clock is half a second ahead.
    const since = clock.now() - 2_000;
    server.message("stale", { since: since + 500 });
    server.message("stale", { since: since + 500 });
    expect(client.connection.get()).toMatchObject({ kind: "live", staleSince: since });
    expect([view.state.kind, view.data.groups.length, heard]).toEqual(["live", 1, 1]);
    server.message("stale", { since: null });
    expect(client.connection.get()).toMatchObject({ kind: "live", staleSince: null });
  });

  it("is forgotten with its connection", async () => {
    const { client, server, connect, reconnect } = setUp();
    await connect();
    server.message("stale", { since: 1 });
    server.tell({ kind: "closed", reason: "cut" });
    await reconnect();
    expect(client.connection.get()).toMatchObject({ kind: "live", staleSince: null });
  });

  it("comes back with a log that lost events, and that is told apart from what a return brings", async () => {
    const { client, server, clock, connect, reconnect, frame, restartFrames } = setUp();
    const [left, right] = [client.view(series), client.view({ ...series, bucket: 1_000 })];
    await connect();
    server.acknowledge();
    frame({ a: [null, "p1"] }, [whole(left.id), whole(right.id)]);
    expect(client.lastRebuild.get()).toBeNull();
    const anew = (view: string): Part => ({ ...whole(view), reason: "ahead" });
    frame({ a: ["p1", "q1"] }, [anew(left.id), anew(right.id)]);
    expect(client.lastRebuild.get()).toEqual({ at: clock.now(), views: 2, reasons: ["ahead"] });
    const rebuild = client.lastRebuild.get();
    server.tell({ kind: "closed", reason: "cut" });
    await reconnect();
    restartFrames();
    frame({ a: ["q1", "r1"] }, [anew(left.id), anew(right.id)]);
    expect(client.lastRebuild.get()).toBe(rebuild);
    expect(client.lastResume.get()).toMatchObject({ replaced: 2, reasons: ["ahead"] });
  });
});

describe("documents that others changed", () => {
  it("are told to all who listen, whatever the others do", async () => {
    const { client, server, connect, faults } = setUp();
    const heard: unknown[] = [];
    client.onChanged(() => {
      throw new Error("mine");
    });
    const leave = client.onChanged((changed) => heard.push(changed));
    await connect();
    const changed = { all: false, dashboards: ["shop"], views: [] };
    server.message("changed", changed);
    leave();
    server.message("changed", { ...changed, all: true });
    expect(heard).toEqual([changed]);
    expect(faults.map(({ kind }) => kind)).toEqual(["listener", "listener"]);
    expect(client.connection.get().kind).toBe("live");
  });

  it("end the connection if they cannot be understood", async () => {
    const { client, server, connect, faults } = setUp();
    await connect();
    server.message("changed", { all: false, dashboards: "shop", views: [] });
    expect(client.connection.get().kind).toBe("waiting");
    expect(faults).toMatchObject([{ kind: "malformed", message: "changed" }]);
  });
});

describe("a change of rights", () => {
  it("is told, and the connection that the server then ends comes back by itself", async () => {
    const { client, server, connect, reconnect } = setUp();
    const heard: unknown[] = [];
    const leave = client.onRights((rights) => heard.push(rights));
    await connect();
    server.message("rights", { reason: "role" });
    server.tell({ kind: "closed", reason: "rights" });
    await reconnect();
    expect(client.connection.get().kind).toBe("live");
    leave();
    server.message("rights", { reason: "grants" });
    expect(heard).toEqual([{ reason: "role" }]);
  });
});

describe("a server that will stop", () => {
  it("is heard until the next connection is a handshake away, and that starts with what is held", async () => {
    const tokens = ["first", "second"];
    const { client, server, clock, connect, frame, greet, restartFrames } = setUp({
      token: async () => ({ token: tokens.shift() ?? "", connectAfterMs: tokens.length === 0 ? 300 : 0 }),
    });
    const view = client.view(series);
    await connect();
    server.acknowledge("i1");
    frame({ a: [null, "p1"] }, [whole(view.id)]);
    server.message("closing", { reconnectAfterMs: 400 });
    clock.advance(400);
    frame({ a: ["p1", "p2"] }, [{ view: view.id, diff: [[[], [2], [[2]]]] }]);
    await settle();
    frame({ a: ["p2", "p3"] }, [{ view: view.id, diff: [[[], [3], [[3]]]] }]);
    clock.advance(299);
    frame({ a: ["p3", "p4"] }, [{ view: view.id, diff: [[[], [4], [[4]]]] }]);
    expect([client.connection.get().kind, server.opened, server.closed]).toEqual(["live", 1, 0]);
    clock.advance(1);
    expect([client.connection.get().kind, server.opened, server.closed]).toEqual(["connecting", 2, 1]);
    greet();
    restartFrames();
    expect(server.payloads("subscribe")).toMatchObject([{ position: { a: "p4" } }]);
    frame({ a: ["p4", "p5"] }, [{ view: view.id, diff: [] }]);
    expect(client.lastResume.get()).toMatchObject({ awayMs: 0, replaced: 0 });
  });
});

describe("the connection", () => {
  it("tells a first attempt from one after a cut, whatever the number of attempts", async () => {
    const { client, server, clock, connect } = setUp();
    client.start();
    expect(client.connection.get()).toMatchObject({ kind: "connecting", attempt: 1, again: false });
    await connect();
    clock.advance(6_000);
    server.tell({ kind: "closed", reason: "cut" });
    clock.advance(250);
    expect(client.connection.get()).toMatchObject({ kind: "connecting", attempt: 1, again: true });
  });

  it("asks for a new token once when the server does not take it, then is signed out, and starts anew", async () => {
    const { client, server, connect } = setUp();
    client.start();
    await settle();
    server.tell({ kind: "refused", code: "unauthorized" });
    await settle();
    expect(server.opened).toBe(2);
    server.tell({ kind: "refused", code: "unauthorized" });
    expect(client.connection.get()).toMatchObject({ kind: "signed_out", problem: { code: "unauthorized" } });
    await connect();
    expect(client.connection.get().kind).toBe("live");
  });

  it("waits for the slot that came with the token, even when it is woken", async () => {
    const { client, server, clock } = setUp({ token: async () => ({ token: "token", connectAfterMs: 900 }) });
    client.start();
    await settle();
    clock.advance(899);
    client.wake();
    expect([server.opened, client.connection.get().kind]).toEqual([0, "connecting"]);
    clock.advance(1);
    expect(server.opened).toBe(1);
  });

  it("is signed out if there is no token to be had, and waits if that may pass", async () => {
    const errors: unknown[] = [new Error("offline"), new ProblemError(problem("unauthorized", "after_sign_in"))];
    const { client, clock } = setUp({ token: () => Promise.reject(errors.shift()) });
    client.start();
    await settle();
    expect(client.connection.get()).toMatchObject({ kind: "waiting", attempt: 1, retryAt: clock.now() + 125 });
    clock.advance(125);
    await settle();
    expect(client.connection.get().kind).toBe("signed_out");
  });

  it("is outdated when the server speaks another version", async () => {
    const { client, server, connect } = setUp();
    await connect();
    server.message("hello", { protocol: 1, now: 0, credit: 8, maxMessageBytes: 1 });
    expect(client.connection.get().kind).toBe("outdated");
  });

  it("stops and keeps the data", async () => {
    const { client, server, clock, connect, frame } = setUp();
    const view = client.view(series);
    await connect();
    server.acknowledge();
    frame({ a: [null, "p1"] }, [whole(view.id)]);
    client.stop();
    expect([client.connection.get().kind, server.closed, view.data.groups.length]).toEqual(["stopped", 1, 1]);
    expect(clock.pending).toBe(0);
  });

  it("grants nothing while hidden, and at once when shown", async () => {
    const { client, server, connect, frame } = setUp();
    const view = client.view(series);
    await connect();
    server.acknowledge();
    client.setHidden(true);
    frame({ a: [null, "p1"] }, [whole(view.id)]);
    for (let index = 1; index < 8; index += 1) frame({ a: [`p${index}`, `p${index + 1}`] }, []);
    expect(server.payloads("credit")).toEqual([]);
    client.setHidden(false);
    expect(server.payloads("credit")).toEqual([{ until: 16 }]);
  });

  it("is given up when nobody answers after the machine woke up", async () => {
    const { client, server, clock, connect } = setUp();
    await connect();
    for (const { name, answer } of server.sent) if (name === "clock") answer?.({ now: clock.now() });
    client.wake();
    clock.advance(2_499);
    expect(client.connection.get().kind).toBe("live");
    clock.advance(1);
    expect(client.connection.get().kind).not.toBe("live");
  });

  it("knows the server's clock, and the time from accepted to painted", async () => {
    const { client, server, clock, connect, frame } = setUp();
    const view = client.view(series);
    await connect();
    server.acknowledge();
    clock.advance(40);
    for (const { name, answer } of server.sent) if (name === "clock") answer?.({ now: clock.now() - 20 + 500 });
    expect(client.serverNow()).toBe(clock.now() + 500);
    expect(client.connection.get()).toMatchObject({ rttMs: 40, latencyMs: null });
    frame({ a: [null, "p1"] }, [whole(view.id)], { accepted: clock.now() - 60_000 });
    frame({ a: ["p1", "p2"] }, [{ view: view.id, diff: [] }], { accepted: clock.now() + 500 - 9 });
    clock.advance(3);
    client.painted();
    expect(client.connection.get()).toMatchObject({ latencyMs: 12 });
  });

  it("goes over to another transport without a break", async () => {
    const { client, server, connect } = setUp();
    await connect();
    server.tell({ kind: "switched", transport: "polling" });
    expect(client.connection.get()).toMatchObject({ kind: "live", transport: "polling" });
    expect(server.opened).toBe(1);
  });
});
