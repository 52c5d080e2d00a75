import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { WatchedView } from "../src/asked/watched-view.ts";
import { type Check, Malformed } from "../src/decode/check.ts";
import { decodeFrame } from "../src/decode/frame.ts";
import {
  decodeChanged,
  decodeClock,
  decodeClosing,
  decodeFollowed,
  decodeHello,
  decodeProblemMessage,
  decodeRights,
  decodeStale,
  decodeSubscribed,
} from "../src/decode/messages.ts";
import { decodePage } from "../src/decode/page.ts";
import type { Frame, QuerySpec } from "../src/generated/wire.ts";
import { MESSAGES } from "../src/socketio/transport.ts";
import { Told } from "../src/told/told.ts";
import type { ViewData } from "../src/types/view.ts";
import {
  decodeAuth,
  decodeCredit,
  decodeFollow,
  decodeSubscribe,
  decodeUnfollow,
  decodeUnsubscribe,
} from "./model/viewer-messages.ts";

const folder = new URL("../../../fixtures/protocol/", import.meta.url);

const decoders: Readonly<Record<string, Check<unknown>>> = {
  auth: decodeAuth,
  hello: decodeHello,
  subscribe: decodeSubscribe,
  subscribed: decodeSubscribed,
  unsubscribe: decodeUnsubscribe,
  frame: decodeFrame,
  credit: decodeCredit,
  clock: decodeClock,
  problem: decodeProblemMessage,
  closing: decodeClosing,
  stale: decodeStale,
  changed: decodeChanged,
  rights: decodeRights,
  follow: decodeFollow,
  followed: decodeFollowed,
  unfollow: decodeUnfollow,
  page: decodePage,
};

interface Golden {
  readonly kind: string;
  readonly sender: "server" | "viewer";
  readonly cases: readonly { name: string; message: unknown }[];
  readonly malformed: readonly { name: string; path: string; message: unknown }[];
}

interface Trace {
  readonly name: string;
  readonly views: readonly { id: string; query: QuerySpec; width?: number }[];
  readonly steps: readonly {
    frame: Frame;
    outcome: string;
    position: object;
    shown: Readonly<Record<string, unknown>>;
  }[];
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(name, folder), "utf8"));
}

function jsonFilesIn(name: string): string[] {
  return readdirSync(new URL(name, folder)).filter((file) => file.endsWith(".json"));
}

describe("golden messages", () => {
  it("are all listened for that a server sends by itself", () => {
    const acknowledgements = new Set(["subscribed", "followed", "clock"]);
    const sent = jsonFilesIn("")
      .map((file) => read<Golden>(file))
      .filter(({ kind, sender }) => sender === "server" && !acknowledgements.has(kind));
    expect([...MESSAGES].sort()).toEqual(sent.map(({ kind }) => kind).sort());
  });

  it("exist for every kind, and for no other", () => {
    expect(jsonFilesIn(".").sort()).toEqual(
      Object.keys(decoders)
        .map((kind) => `${kind}.json`)
        .sort(),
    );
  });

  for (const [kind, decode] of Object.entries(decoders)) {
    const golden = read<Golden>(`${kind}.json`);
    for (const { name, message } of golden.cases) {
      it(`${kind}, ${name}, survives decoding and encoding`, () => {
        expect(JSON.parse(JSON.stringify(decode(structuredClone(message), kind)))).toEqual(message);
      });
    }
    for (const { name, path, message } of golden.malformed) {
      it(`${kind}, ${name}, is refused at ${path}`, () => {
        const refused = (): unknown => {
          try {
            return decode(message, kind);
          } catch (error) {
            return error;
          }
        };
        expect(refused()).toBeInstanceOf(Malformed);
        expect(refused()).toMatchObject({ path });
      });
    }
  }
});

describe("golden traces", () => {
  for (const file of jsonFilesIn("traces")) {
    const trace = read<Trace>(`traces/${file}`);
    it(trace.name, () => {
      const views = new Map(trace.views.map(({ id, query }) => [id, new WatchedView(id, id, query)]));
      for (const { id, query, width } of trace.views) {
        const told = { identity: id, stream: query.stream, ...(width === undefined ? {} : { width }) };
        views.get(id)?.acknowledged(told);
      }
      const told = new Told((id) => views.get(id));
      for (const { frame, outcome, position, shown } of trace.steps) {
        expect(told.apply(decodeFrame(frame, "frame")).kind).toBe(outcome);
        expect(Object.fromEntries(told.position)).toEqual(position);
        expect(Object.fromEntries([...views].map(([id, { cells }]) => [id, picture(cells)]))).toEqual(shown);
      }
    });
  }
});

function picture(data: ViewData): unknown {
  switch (data.shape) {
    case "series": {
      const rows = data.groups
        .filter(({ length }) => length > 0)
        .map(({ labels, times, values }) => [
          labels,
          [...times].map((time) => time / (data.width ?? 1)),
          values.map((column) => [...column].map((value) => (Number.isNaN(value) ? null : value))),
        ]);
      return { window: data.window, rows };
    }
    case "table":
      return { window: data.window, rows: [...data.rows.values()].map(({ labels, values }) => [labels, values]) };
    case "feed":
      return { items: data.items.map(({ sequence: _, ...item }) => item) };
    default:
      return data satisfies never;
  }
}
