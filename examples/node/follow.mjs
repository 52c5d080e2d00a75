// A complete small follower for Node, written from docs/protocol.md alone, on the stock Socket.IO client.
//
//   node follow.mjs http://127.0.0.1:8433 <API key for reading> STREAM [start|end|POSITION] [WHERE as JSON]
//
// It prints one line of JSON per page: every event of the stream, in order, each once, whatever happens to the connection.
// To go on in another run, give it the last `to` that it printed.
// Lines on standard input: `cut` breaks the connection and comes back; `quit` ends.

import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { io } from "socket.io-client";

const [, , server, key, stream, from = "start", where = "[]"] = process.argv;
if (!server || !key || !stream) {
  console.error("usage: node follow.mjs SERVER KEY STREAM [start|end|POSITION] [WHERE]");
  process.exit(2);
}

// --- Getting in -----------------------------------------------------------------------------------------------------

async function socketToken() {
  const answer = await fetch(`${server}/api/v1/session/socket-token`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}` },
  });
  if (!answer.ok) throw new Error(`no socket token: ${(await answer.json()).detail}`);
  const { token, connectAfterMs } = await answer.json();
  // When many return at once, each has a slot of its own.
  await wait(connectAfterMs);
  return token;
}

// --- What is held ---------------------------------------------------------------------------------------------------

/** Pages that may be on their way. */
const AHEAD = 4;

/** Where to follow from: `start`, `end`, or a position. */
let after = from;
/** The position, once it is acknowledged; `null` before the stream's first event. */
let position;
/** Names the feed; another one for each connection, so that a late grant goes nowhere. */
let feed = 0;
/** Pages are dealt with one after the other. */
let dealt = Promise.resolve();

/** What a follower is for. The next page is granted once it has been dealt with: a slow one is sent no more than it takes. */
async function deal(page) {
  console.log(JSON.stringify({ page: page.seq, to: page.to, gone: page.gone ?? null, events: page.events }));
}

// --- The connection -------------------------------------------------------------------------------------------------

const socket = io(server, {
  // `polling` shows that nothing depends on WebSocket.
  transports: [process.env.TIDEBOARD_TRANSPORT ?? "websocket"],
  reconnection: false,
  autoConnect: false,
  auth: (give) => socketToken().then((token) => give({ token, protocol: 5 }), () => give({})),
});

socket.on("hello", () => {
  position = undefined;
  feed += 1;
  const message = { id: `f${feed}`, stream, where: JSON.parse(where), after, until: AHEAD };
  socket.emit("follow", message, (answer) => {
    if (answer.problem) {
      // A position that cannot be honoured is for people to decide on: nothing is left out or told twice in silence.
      console.log(JSON.stringify({ refused: answer }));
      if (answer.problem.retry !== "after_delay") process.exit(1);
      return socket.disconnect();
    }
    position = answer.position;
    // From now on also what happens before the first page is missed by nobody.
    after = position ?? "start";
    console.log(JSON.stringify({ followed: position }));
  });
});

socket.on("page", (page) => {
  if (page.from !== position) return socket.disconnect();
  position = after = page.to;
  dealt = dealt
    .then(() => deal(page))
    .then(() => socket.emit("credit", { feed: page.feed, until: page.seq + AHEAD }));
});

socket.on("problem", (problem) => {
  console.log(JSON.stringify({ problem }));
  socket.disconnect();
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
}
process.exit(0);
