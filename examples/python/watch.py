"""A complete small viewer for Python, written from docs/protocol.md alone, on the stock python-socketio client.

    python watch.py http://127.0.0.1:8433 <API key for reading> '<query as JSON>' [more queries …]

It prints one line of JSON whenever it holds a new state, reconnects by itself, and resumes from where it stood.
Lines on standard input: `cut` breaks the connection and comes back; `state` prints all cells; `quit` ends.
"""

import asyncio
import json
import os
import random
import sys

import aiohttp
import socketio

if len(sys.argv) < 4:
    sys.exit("usage: python watch.py SERVER KEY QUERY…")
server, key, *queries = sys.argv[1:]
# `polling` shows that nothing depends on WebSocket.
transports = os.environ.get("TIDEBOARD_TRANSPORT", "websocket").split(",")


def text(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def say(value):
    print(text(value), flush=True)


# --- Getting in -------------------------------------------------------------------------------------------------------


async def socket_token():
    async with aiohttp.ClientSession() as http:
        headers = {"authorization": f"Bearer {key}"}
        async with http.post(f"{server}/api/v1/session/socket-token", headers=headers) as answer:
            answer.raise_for_status()
            slot = await answer.json()
    # When many return at once, each has a slot of its own.
    await asyncio.sleep(slot["connectAfterMs"] / 1000)
    return slot["token"]


# --- What is held -----------------------------------------------------------------------------------------------------


class View:
    def __init__(self, query):
        self.query = query
        self.cells = {}
        self.feed = []
        self.identity = self.width = self.have = None

    def apply(self, part):
        if "replace" in part:
            self.cells.clear()
            self.feed.clear()
        self.have = self.have or {"identity": self.identity}
        for row in part.get("replace", part.get("diff", [])):
            if self.query["shape"] == "series":
                group, buckets, columns = row
                for i, bucket in enumerate(buckets):
                    self.cells[text([group, bucket])] = [column[i] for column in columns]
            elif self.query["shape"] == "table":
                group, values = row
                self.cells[text(group)] = values
            else:
                self.feed.append(row)
        for group in part.get("removed", []):
            self.cells.pop(text(group), None)
        del self.feed[: -self.query.get("limit", 50)]
        if "window" in part:
            self.have["window"] = part["window"]
            if self.query["shape"] == "series":
                for key in [key for key in self.cells if json.loads(key)[1] * self.width < part["window"][0]]:
                    del self.cells[key]


position = {}
views = {f"v{index}": View(json.loads(query)) for index, query in enumerate(queries)}

# --- The connection ---------------------------------------------------------------------------------------------------
# The handlers change what is held before they first wait: the client starts them in the order of the messages, but
# starts the next one as soon as one waits.

socket = None
broken = asyncio.Event()
granted = 0
last, frame_seq, messages, kept = 0, 0, 0, []
return_after = 0.25


async def hello(message):
    global granted, last, frame_seq, messages, kept, return_after
    granted, last, frame_seq, messages, kept, return_after = message["credit"], 0, 0, 0, [], 0.25
    wanted = [{"id": id, "query": view.query, **({"have": view.have} if view.have else {})} for id, view in views.items()]
    await socket.emit("subscribe", {"views": wanted, **({"position": position} if position else {})}, callback=subscribed)


def subscribed(answer):
    for view in answer["views"]:
        if "problem" in view:
            say({"refused": view})
            views.pop(view["id"], None)
        else:
            views[view["id"]].identity = view["identity"]
            views[view["id"]].width = view.get("width")


async def frame(message):
    global granted, last, frame_seq, messages, kept
    if message["seq"] != frame_seq:
        frame_seq, messages, kept = message["seq"], 0, []
    kept += message["parts"]
    messages += 1
    if message.get("more"):
        return
    parts, came, frame_seq, messages, kept = kept, messages, 0, 0, []
    starts, ends = message.get("from", {}), message.get("to", {})
    elsewhere = any(position.get(stream) != start for stream, start in starts.items())
    unknown = any(stream not in starts and stream not in position for stream in ends)
    if elsewhere or unknown or came != message.get("messages", 1) or message["seq"] != last + 1:
        await cut()
        return
    last = message["seq"]
    for part in parts:
        views[part["view"]].apply(part)
    for stream, end in ends.items():
        # `~` stands for what comes before the first dot where the stream starts, and the dot.
        position[stream] = position[stream].split(".")[0] + "." + end[1:] if end.startswith("~") else end
    reasons = {part["view"]: part["reason"] for part in parts if "reason" in part}
    say({"seq": message["seq"], "to": ends, "parts": len(parts), "reasons": reasons})
    if message["seq"] + 4 >= granted:
        granted = message["seq"] + 8
        await socket.emit("credit", {"until": granted})


async def problem(message):
    say({"problem": message})
    views.pop(message.get("view"), None)


async def closing(message):
    global return_after
    return_after = message["reconnectAfterMs"] / 1000


async def connect_error(error):
    say({"refused": error["message"] if isinstance(error, dict) else error})


async def cut():
    broken.set()
    await socket.eio.disconnect(abort=True)


def new_socket(*handlers):
    """A client of its own for each connection: what an earlier one still says, or does while it ends, concerns nobody."""
    client = socketio.AsyncClient(reconnection=False)

    def current(handler):
        async def heard(*arguments):
            if client is socket:
                await handler(*arguments)

        return heard

    for handler in handlers:
        client.on(handler.__name__, current(handler))
    return client


async def stay_connected():
    global return_after, socket
    while True:
        try:
            auth = {"token": await socket_token(), "protocol": 5}
            socket = new_socket(hello, frame, problem, closing, connect_error)
            broken.clear()
            await socket.connect(server, auth=auth, transports=transports, wait_timeout=5)
            ends = {asyncio.ensure_future(socket.eio.wait()), asyncio.ensure_future(broken.wait())}
            _, pending = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            for end in pending:
                end.cancel()
        except (socketio.exceptions.ConnectionError, aiohttp.ClientError) as error:
            say({"away": str(error)})
        await asyncio.sleep(return_after)
        return_after = min(2 * return_after, 10) * random.uniform(0.75, 1.25)


# --- Commands ---------------------------------------------------------------------------------------------------------


async def main():
    connection = asyncio.create_task(stay_connected())
    while True:
        line = await asyncio.to_thread(sys.stdin.readline)
        if line in ("", "quit\n"):
            break
        if line == "cut\n":
            await cut()
        if line == "state\n":
            state = {
                id: {"window": (view.have or {}).get("window"), "cells": view.cells, "feed": view.feed}
                for id, view in views.items()
            }
            say({"state": state, "position": position})
    if socket:
        await socket.disconnect()
    connection.cancel()


asyncio.run(main())
