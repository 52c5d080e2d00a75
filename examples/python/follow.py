"""A complete small follower for Python, written from docs/protocol.md alone, on the stock python-socketio client.

    python follow.py http://127.0.0.1:8433 <API key for reading> STREAM [start|end|POSITION] [WHERE as JSON]

It prints one line of JSON per page: every event of the stream, in order, each once, whatever happens to the connection.
To go on in another run, give it the last `to` that it printed.
Lines on standard input: `cut` breaks the connection and comes back; `quit` ends.
"""

import asyncio
import json
import os
import random
import sys

import aiohttp
import socketio

if len(sys.argv) < 4:
    sys.exit("usage: python follow.py SERVER KEY STREAM [start|end|POSITION] [WHERE]")
server, key, stream = sys.argv[1:4]
# `polling` shows that nothing depends on WebSocket.
transports = [os.environ.get("TIDEBOARD_TRANSPORT", "websocket")]


def say(value):
    print(json.dumps(value, separators=(",", ":")), flush=True)


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

AHEAD = 4  # pages that may be on their way
NOT_YET = object()

# Where to follow from: `start`, `end`, or a position.
after = sys.argv[4] if len(sys.argv) > 4 else "start"
where = json.loads(sys.argv[5]) if len(sys.argv) > 5 else []
# The position, once it is acknowledged; None before the stream's first event.
position = NOT_YET
# Names the feed; another one for each connection, so that a late grant goes nowhere.
feed = 0
# Pages are dealt with one after the other.
dealing = asyncio.Lock()


async def deal(page):
    """What a follower is for. The next page is granted once it has been dealt with."""
    say({"page": page["seq"], "to": page["to"], "gone": page.get("gone"), "events": page["events"]})


# --- The connection ---------------------------------------------------------------------------------------------------
# The handlers change what is held before they first wait: the client starts them in the order of the messages, but
# starts the next one as soon as one waits.

socket = None
broken = asyncio.Event()
return_after = 0.25
ended = asyncio.Event()


async def hello(_message):
    global position, feed, return_after
    position, feed, return_after = NOT_YET, feed + 1, 0.25
    message = {"id": f"f{feed}", "stream": stream, "where": where, "after": after, "until": AHEAD}
    await socket.emit("follow", message, callback=followed)


async def followed(answer):
    global after, position
    if "problem" in answer:
        # A position that cannot be honoured is for people to decide on: nothing is left out or told twice in silence.
        say({"refused": answer})
        if answer["problem"]["retry"] != "after_delay":
            ended.set()
        await cut()
        return
    position = answer["position"]
    # From now on also what happens before the first page is missed by nobody.
    after = position or "start"
    say({"followed": position})


async def page(message):
    global after, position
    if message["from"] != position:
        await cut()
        return
    position = after = message["to"]
    async with dealing:
        await deal(message)
    await socket.emit("credit", {"feed": message["feed"], "until": message["seq"] + AHEAD})


async def problem(message):
    say({"problem": message})
    await cut()


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
            socket = new_socket(hello, page, problem, closing, connect_error)
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


async def listen():
    while True:
        line = await asyncio.to_thread(sys.stdin.readline)
        if line in ("", "quit\n"):
            return ended.set()
        if line == "cut\n":
            await cut()


async def main():
    connection = asyncio.create_task(stay_connected())
    commands = asyncio.create_task(listen())
    await ended.wait()
    if socket:
        await socket.disconnect()
    connection.cancel()
    commands.cancel()


asyncio.run(main())
