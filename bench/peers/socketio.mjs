// The dashboard server that a user would otherwise build: Express takes updates in, Socket.IO sends each to the room of its
// widget. Set up as its documentation advises: production mode, WebSocket only, no compression, native masking, the first
// request let go.
//
//   BATCH_MS=50          sends each viewer's updates together, so often, instead of one by one
//   RECOVERY_MS=120000   keeps so much for viewers who come back (connection state recovery)
//   REDIS_URL=redis://…  through the Redis adapter, as with several nodes
//
// It prints `listening PORT`. POST /updates takes a list of {widget, seq, time, value}. A viewer sends `watch` with the list of
// its widgets, and is sent `update` per update, or `updates` with a list of them.

import { createServer } from "node:http";
import { createAdapter } from "@socket.io/redis-adapter";
import express from "express";
import { createClient } from "redis";
import { Server } from "socket.io";

const { BATCH_MS, RECOVERY_MS, REDIS_URL } = process.env;

async function adapter() {
  if (!REDIS_URL) return undefined;
  const publishes = createClient({ url: REDIS_URL });
  const subscribes = publishes.duplicate();
  await Promise.all([publishes.connect(), subscribes.connect()]);
  return createAdapter(publishes, subscribes);
}

const app = express();
const http = createServer(app);
const io = new Server(http, {
  transports: ["websocket"],
  serveClient: false,
  perMessageDeflate: false,
  adapter: await adapter(),
  ...(RECOVERY_MS ? { connectionStateRecovery: { maxDisconnectionDuration: Number(RECOVERY_MS) } } : {}),
});
io.engine.on("connection", (connection) => {
  connection.request = null;
});

const room = (widget) => `widget:${widget}`;
io.on("connection", (socket) => {
  socket.data.updates = [];
  socket.on("watch", (widgets, done) => {
    socket.join(widgets.map(room));
    done();
  });
});

function sendAtOnce(update) {
  io.to(room(update.widget)).emit("update", update);
}

function gather(update) {
  for (const id of io.of("/").adapter.rooms.get(room(update.widget)) ?? []) {
    io.of("/").sockets.get(id)?.data.updates.push(update);
  }
}

function sendGathered() {
  for (const socket of io.of("/").sockets.values()) {
    if (socket.data.updates.length === 0) continue;
    socket.emit("updates", socket.data.updates);
    socket.data.updates = [];
  }
}

const take = BATCH_MS ? gather : sendAtOnce;
if (BATCH_MS) setInterval(sendGathered, Number(BATCH_MS));
app.post("/updates", express.json({ limit: "1mb" }), (request, response) => {
  request.body.forEach(take);
  response.sendStatus(204);
});

http.listen(0, "127.0.0.1", () => console.log(`listening ${http.address().port}`));
