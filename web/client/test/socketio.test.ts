import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { afterEach, describe, expect, it } from "vitest";
import { socketIoTransport } from "../src/socketio/index.ts";
import type { TransportConnection, TransportEvent } from "../src/types/ports.ts";

const auth = { token: "t", protocol: 5 };

/** Undone after each test, last first. */
const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function listen(options: ConstructorParameters<typeof Server>[1] = {}): Promise<{ io: Server; url: string }> {
  const http: HttpServer = createServer();
  const io = new Server(http, options);
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  cleanUps.push(() => io.close());
  return { io, url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` };
}

/** Opens a connection; `next` waits for the next thing that it tells. */
function open(transport: ReturnType<typeof socketIoTransport>) {
  const told: TransportEvent[] = [];
  let waiting: ((event: TransportEvent) => void) | null = null;
  const connection: TransportConnection = transport.open(auth, (event) => {
    if (waiting === null) told.push(event);
    else waiting(event);
    waiting = null;
  });
  cleanUps.push(() => connection.close());
  const next = (): Promise<TransportEvent> => {
    const event = told.shift();
    if (event !== undefined) return Promise.resolve(event);
    return new Promise((resolve) => {
      waiting = resolve;
    });
  };
  return { connection, next };
}

describe("over the stock Socket.IO client", () => {
  it("a connection opens by WebSocket, carries messages and answers, and tells its end", async () => {
    const { io, url } = await listen();
    io.on("connection", (socket) => {
      socket.emit("hello", socket.handshake.auth);
      socket.on("clock", (_payload, answer) => answer({ now: 7 }));
      socket.on("credit", (payload) => socket.emit("frame", payload));
    });
    const { connection, next } = open(socketIoTransport({ url }));
    expect(await next()).toEqual({ kind: "opened", transport: "websocket" });
    expect(await next()).toEqual({ kind: "message", name: "hello", payload: auth });
    expect(await new Promise((resolve) => connection.request("clock", {}, resolve))).toEqual({ now: 7 });
    connection.send("credit", { until: 9 });
    expect(await next()).toEqual({ kind: "message", name: "frame", payload: { until: 9 } });
    io.disconnectSockets(true);
    expect(await next()).toMatchObject({ kind: "closed" });
  });

  it("a refusal tells the server's code", async () => {
    const { io, url } = await listen();
    io.use((_socket, next) => next(new Error("unauthorized")));
    const { next } = open(socketIoTransport({ url }));
    expect(await next()).toEqual({ kind: "refused", code: "unauthorized" });
  });

  it("long-polling takes over where WebSocket is blocked", async () => {
    const { io, url } = await listen({ transports: ["polling"] });
    io.on("connection", (socket) => socket.emit("hello", { by: "polling" }));
    const { next } = open(socketIoTransport({ url }));
    expect(await next()).toEqual({ kind: "opened", transport: "polling" });
    expect(await next()).toEqual({ kind: "message", name: "hello", payload: { by: "polling" } });
  });

  it("after an attempt that reached nobody the next one begins with polling, and goes over to WebSocket", async () => {
    const { io, url } = await listen();
    const door = { shut: true };
    io.engine.opts.allowRequest = (_request: unknown, decide: (error: string | null, ok: boolean) => void) =>
      decide(door.shut ? "not now" : null, !door.shut);
    const begunBy: string[] = [];
    io.engine.on("connection", (socket: { transport: { name: string } }) => begunBy.push(socket.transport.name));
    const transport = socketIoTransport({ url });
    expect(await open(transport).next()).toMatchObject({ kind: "closed" });
    door.shut = false;
    const { next } = open(transport);
    // Going over may be done before the server lets us in.
    let event = await next();
    if (event.kind === "opened" && event.transport === "polling") event = await next();
    expect(event).toMatchObject({ transport: "websocket" });
    expect(begunBy).toEqual(["polling"]);
  });

  it("a connection that was closed here says nothing more", async () => {
    const { io, url } = await listen();
    const accepted = new Promise<void>((resolve) => io.on("connection", () => resolve()));
    const heard: TransportEvent[] = [];
    const connection = socketIoTransport({ url }).open(auth, (event) => {
      heard.push(event);
      connection.close();
    });
    await accepted;
    io.emit("hello", {});
    await io.close();
    connection.send("credit", { until: 1 });
    expect(heard.filter(({ kind }) => kind !== "opened")).toEqual([]);
  });
});
