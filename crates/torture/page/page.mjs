// The real client as a page runs it, driven by lines of JSON.
//
//   node page.mjs SERVER '{"v0": QUERY, …}'
//
// In:  {"token": {…}} or {"token": null}, {"hide": true|false}, {"wake": true}, {"state": true}
// Out: {"token": true} (asks for one), {"state": {…}}, {"fault": {…}}, {"resumed": {…}}, {"connection": KIND}

import { createInterface } from "node:readline";
import { createClient } from "@tideboard/client";
import { socketIoTransport, systemClock } from "@tideboard/client/socketio";

const [, , server, queries] = process.argv;
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const asking = [];
function token() {
  say({ token: true });
  return new Promise((resolve, reject) => asking.push({ resolve, reject }));
}

const client = createClient({
  transport: socketIoTransport({ url: server }),
  clock: systemClock,
  random: Math.random,
  token,
  onFault: (fault) => say({ fault: { ...fault, error: String(fault.error ?? "") } }),
});

const views = new Map(Object.entries(JSON.parse(queries)).map(([id, query]) => [id, client.view(query)]));

client.lastResume.subscribe(() => say({ resumed: client.lastResume.get() }));
let kind = "";
client.connection.subscribe(() => {
  const state = client.connection.get();
  if (state.kind === kind) return;
  kind = state.kind;
  say({ connection: kind });
  // Nobody is here to sign in again: the next token may be of a server that knows us.
  if (kind === "signed_out") setTimeout(() => client.start(), 100);
});

const numberOrNull = (value) => (Number.isNaN(value) ? null : value);

function cells(data) {
  if (data.shape === "table") return [...data.rows.values()].map(({ labels, values }) => [labels, 0, values]);
  return data.groups.flatMap(({ labels, times, values, length }) =>
    Array.from({ length }, (_, row) => [labels, times[row] / data.width, values.map((column) => numberOrNull(column[row]))]),
  );
}

function shown({ state, data }) {
  const told = state.kind === "live";
  if (data.shape !== "feed") return { told, state, window: data.window, cells: cells(data), feed: [] };
  return { told, state, window: null, cells: [], feed: data.items.map(({ time, tags, fields }) => ({ time, tags, fields })) };
}

client.start();
for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  if ("token" in command) {
    const { resolve, reject } = asking.shift();
    if (command.token === null) reject(new Error("there is no token"));
    else resolve(command.token);
  }
  if ("hide" in command) client.setHidden(command.hide);
  if ("wake" in command) client.wake();
  if ("state" in command) say({ state: Object.fromEntries([...views].map(([id, view]) => [id, shown(view)])) });
}
process.exit(0);
