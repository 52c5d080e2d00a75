import { expect } from "vitest";
import { createClient } from "../../src/client.ts";
import { type Frame, type Part, PROTOCOL, type Subscribe } from "../../src/generated/wire.ts";
import type { ClientOptions, Fault } from "../../src/types/client.ts";
import type { Transport, TransportConnection, TransportEvent } from "../../src/types/ports.ts";
import { FakeClock, settle } from "./fake-clock.ts";

interface Sent {
  readonly name: string;
  readonly payload: unknown;
  readonly answer: ((payload: unknown) => void) | undefined;
}

/** A server that does what the test says. */
class Scripted implements Transport {
  sent: Sent[] = [];
  opened = 0;
  closed = 0;
  /** What the server's clock shows, where it answers by itself. */
  clock: (() => number) | null = null;
  tell: (event: TransportEvent) => void = () => {};

  open(_auth: object, listener: (event: TransportEvent) => void): TransportConnection {
    this.opened += 1;
    this.sent = [];
    this.tell = listener;
    const send = (name: string, payload: object, answer?: (payload: unknown) => void) => {
      this.sent.push({ name, payload: structuredClone(payload), answer });
      if (name === "clock" && this.clock !== null) answer?.({ now: this.clock() });
    };
    return {
      send,
      request: send,
      close: () => {
        this.closed += 1;
      },
    };
  }

  message(name: string, payload: unknown): void {
    this.tell({ kind: "message", name, payload });
  }

  payloads(name: string): unknown[] {
    return this.sent.filter((sent) => sent.name === name).map(({ payload }) => payload);
  }

  /** Accepts every view asked for and not yet answered. */
  acknowledge(identity = "i"): void {
    for (const { name, payload, answer } of this.sent.filter((sent) => sent.name === "subscribe")) {
      expect(name).toBe("subscribe");
      const views = (payload as Subscribe).views.map(({ id, query }) => ({
        id,
        identity,
        stream: query.stream,
        ...(query.shape === "feed" ? {} : { width: 1_000 }),
      }));
      answer?.({ views });
    }
  }
}

/** A client, and a server that does what the test says. */
export function setUp(options: Partial<ClientOptions> = {}) {
  const clock = new FakeClock(1_000_000);
  const server = new Scripted();
  const faults: Fault[] = [];
  const client = createClient({
    transport: server,
    clock,
    random: () => 0.5,
    token: async () => ({ token: "token" }),
    onFault: (fault) => faults.push(fault),
    ...options,
  });
  const greet = () => {
    server.tell({ kind: "opened", transport: "websocket" });
    server.message("hello", { protocol: PROTOCOL, now: clock.now() + 500, credit: 8, maxMessageBytes: 262_144 });
  };
  const connect = async () => {
    client.start();
    await settle();
    greet();
  };
  const reconnect = async (afterMs = 250) => {
    clock.advance(afterMs);
    await settle();
    greet();
  };
  let seq = 0;
  const frame = (move: Record<string, [string | null, string]>, parts: Part[], more: Partial<Frame> = {}) => {
    seq = more.seq ?? seq + 1;
    const entries = Object.entries(move);
    server.message("frame", {
      seq,
      now: clock.now() + 500,
      from: Object.fromEntries(entries.map(([stream, [from]]) => [stream, from])),
      to: Object.fromEntries(entries.map(([stream, [, to]]) => [stream, to])),
      parts,
      ...more,
    });
  };
  const restartFrames = () => {
    seq = 0;
  };
  return { clock, server, faults, client, greet, connect, reconnect, frame, restartFrames };
}
