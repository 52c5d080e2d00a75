// The stock Socket.IO client, driven by lines of JSON: what a test cannot make the small viewers do.
//
// In:  {"open": NAME, "auth", "transports", "late": true to be let in only over WebSocket},
//      {"to": NAME, "emit": EVENT, "with": [ARGUMENT…], "ack": true},
//      {"to": NAME, "raw": PACKET}, {"to": NAME, "binary": EVENT}
// Out: {"of": NAME, and one of "connect", "upgraded", "refused", "disconnect", "event" with "data", "ack" with "data"}

import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const server = process.argv[2];
const sockets = new Map();
const say = (of, what) => console.log(JSON.stringify({ of, ...what }));

function open(name, { auth, transports, late }) {
  const upgraded = (give) => socket.io.engine.once("upgrade", () => give(auth));
  const socket = io(server, { auth: late ? upgraded : auth, transports, forceNew: true, reconnection: false });
  socket.io.once("open", () => socket.io.engine.once("upgrade", () => say(name, { upgraded: true })));
  socket.on("connect", () => say(name, { connect: true }));
  socket.on("connect_error", (error) => say(name, { refused: error.message }));
  socket.on("disconnect", (reason) => say(name, { disconnect: reason }));
  socket.onAny((event, ...data) => say(name, { event, data: data[0] ?? null, arguments: data.length }));
  sockets.set(name, socket);
}

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  if (command.open) {
    open(command.open, command);
    continue;
  }
  const socket = sockets.get(command.to);
  if ("raw" in command) socket.io.engine.write(command.raw);
  else if (command.binary) socket.emit(command.binary, Buffer.from("views"));
  else if (command.ack) socket.emit(command.emit, ...command.with, (data) => say(command.to, { ack: command.emit, data }));
  else socket.emit(command.emit, ...command.with);
}
process.exit(0);
