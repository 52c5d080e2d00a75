// A complete small viewer for Node, written from docs/protocol.md alone, on the stock Socket.IO client.
//
//   node watch.mjs http://127.0.0.1:8433 <API key for reading> '<query as JSON>' [more queries …]
//
// It prints one line of JSON whenever it holds a new state, reconnects by itself, and resumes from where it stood.
// Lines on standard input: `cut` breaks the connection and comes back; `state` prints all cells; `quit` ends.

import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { io } from "socket.io-client";

const [, , server, key, ...queries] = process.argv;
if (!server || !key || queries.length === 0) {
  console.error("usage: node watch.mjs SERVER KEY QUERY…");
  process.exit(2);
}

// --- Getting in -----------------------------------------------------------------------------------------------------

async function socketToken() {
  const answer = await fetch(`${server}/api/v1/session/socket-token`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}` },
  });
  if (!answer.ok) throw new Error(`no socket token: ${answer.status}`);
  const { token, connectAfterMs } = await answer.json();
  // When many return at once, each has a slot of its own.
  await new Promise((go) => setTimeout(go, connectAfterMs));
  return token;
}

// --- What is held ---------------------------------------------------------------------------------------------------

let position = {};
const views = new Map(
  queries.map((text, index) => [`v${index}`, { query: JSON.parse(text), cells: new Map(), feed: [], have: null }]),
);

function applyPart(part) {
  const view = views.get(part.view);
  const { shape, limit = 50 } = view.query;
  if (part.replace) {
    view.cells.clear();
    view.feed = [];
  }
  view.have ??= { identity: view.identity };
  for (const row of part.replace ?? part.diff) {
    if (shape === "series") {
      const [group, buckets, columns] = row;
      buckets.forEach((bucket, i) => {
        view.cells.set(JSON.stringify([group, bucket]), columns.map((column) => column[i]));
      });
    } else if (shape === "table") {
      view.cells.set(JSON.stringify(row[0]), row[1]);
    } else {
      view.feed.push(row);
    }
  }
  for (const group of part.removed ?? []) view.cells.delete(JSON.stringify(group));
  view.feed.splice(0, Math.max(0, view.feed.length - limit));
  if (part.window) {
    view.have.window = part.window;
    if (shape === "series") {
      for (const key of view.cells.keys()) {
        if (JSON.parse(key)[1] * view.width < part.window[0]) view.cells.delete(key);
      }
    }
  }
}

// --- The connection -------------------------------------------------------------------------------------------------

let parts = { seq: 0, messages: 0, kept: [] };
let seq = 0;
let granted = 0;
const socket = io(server, {
  // `polling` shows that nothing depends on WebSocket.
  transports: (process.env.TIDEBOARD_TRANSPORT ?? "websocket").split(","),
  reconnection: false,
  autoConnect: false,
  auth: (give) => socketToken().then((token) => give({ token, protocol: 5 }), () => give({})),
});

socket.on("hello", (hello) => {
  granted = hello.credit;
  seq = 0;
  parts = { seq: 0, messages: 0, kept: [] };
  const message = { views: [...views].map(([id, view]) => ({ id, query: view.query, ...(view.have && { have: view.have }) })) };
  if (Object.keys(position).length > 0) message.position = position;
  socket.emit("subscribe", message, (answer) => {
    for (const view of answer.views) {
      if (view.problem) {
        console.log(JSON.stringify({ refused: view }));
        views.delete(view.id);
      } else {
        Object.assign(views.get(view.id), { identity: view.identity, width: view.width });
      }
    }
  });
});

socket.on("frame", (frame) => {
  if (parts.seq !== frame.seq) parts = { seq: frame.seq, messages: 0, kept: [] };
  parts.kept.push(...frame.parts);
  parts.messages += 1;
  if (frame.more) return;
  if (parts.messages !== (frame.messages ?? 1)) return socket.disconnect().connect();
  const { from = {}, to = {} } = frame;
  const elsewhere = ([stream, start]) => (position[stream] ?? null) !== start;
  const unknown = (stream) => !(stream in from) && !(stream in position);
  if (frame.seq !== seq + 1 || Object.entries(from).some(elsewhere) || Object.keys(to).some(unknown)) {
    return socket.disconnect().connect();
  }
  seq = frame.seq;
  parts.kept.forEach(applyPart);
  for (const [stream, end] of Object.entries(to)) {
    // `~` stands for what comes before the first dot where the stream starts, and the dot.
    position[stream] = end.startsWith("~") ? position[stream].replace(/\..*/, `.${end.slice(1)}`) : end;
  }
  const reasons = Object.fromEntries(parts.kept.filter((part) => part.reason).map((part) => [part.view, part.reason]));
  console.log(JSON.stringify({ seq, to, parts: parts.kept.length, reasons }));
  parts = { seq: 0, messages: 0, kept: [] };
  if (frame.seq + 4 >= granted) socket.emit("credit", { until: (granted = frame.seq + 8) });
});

socket.on("problem", (problem) => {
  console.log(JSON.stringify({ problem }));
  views.delete(problem.view);
});

let returnAfterMs = 250;
socket.on("closing", ({ reconnectAfterMs }) => {
  returnAfterMs = reconnectAfterMs;
});
async function comeBack() {
  await wait(returnAfterMs);
  returnAfterMs = Math.min(2 * returnAfterMs, 10_000) * (0.75 + Math.random() / 2);
  socket.connect();
}
socket.on("connect", () => {
  returnAfterMs = 250;
});
socket.on("disconnect", comeBack);
socket.on("connect_error", (error) => {
  console.log(JSON.stringify({ refused: error.message }));
  comeBack();
});
socket.connect();

// --- Commands -------------------------------------------------------------------------------------------------------

for await (const line of createInterface({ input: process.stdin })) {
  if (line === "cut") socket.io.engine.close();
  if (line === "quit") break;
  if (line === "state") {
    const state = [...views].map(([id, view]) => [
      id,
      { window: view.have?.window ?? null, cells: Object.fromEntries(view.cells), feed: view.feed },
    ]);
    console.log(JSON.stringify({ state: Object.fromEntries(state), position }));
  }
}
process.exit(0);
