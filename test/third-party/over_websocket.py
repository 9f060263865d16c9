"""A client of Weft over its WebSocket, with the `websockets` package and nothing of Weft's.

    WEFT_URL=http://localhost:8080 WEFT_TOKEN=… python over_websocket.py <device> <channel>

Each line of stdin is sent to the channel; each frame that comes is printed as a line of JSON. When the connection is
lost it connects again, goes on from its cursor, and sends again what had no answer, under the same cid.
"""

import asyncio
import json
import os
import sys
import uuid

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

URL = os.environ["WEFT_URL"].replace("http", "ws", 1) + "/v1/ws"
TOKEN = os.environ["WEFT_TOKEN"]
device, channel = sys.argv[1:]

cursor = None
unanswered = {}  # by cid, in the order they were typed
numbers = iter(range(1, sys.maxsize))


async def say(socket, cid):
    frame = {"t": "send", "id": next(numbers), "channel": channel, "cid": cid, "body": unanswered[cid]}
    await socket.send(json.dumps(frame))


async def take(socket, frame):
    global cursor
    print(json.dumps(frame), flush=True)
    if frame["t"] == "ping":
        await socket.send('{"t":"pong"}')
    elif frame["t"] == "ack":
        unanswered.pop(frame["cid"], None)
    elif frame["t"] == "welcome":
        # Where the queue stands: without a cursor of ours, that is where we begin.
        cursor = cursor or frame["cursor"]
    elif frame["t"] in ("event", "synced", "reset"):
        # What passes without being kept (somebody types) has no cursor.
        cursor = frame.get("cursor", cursor)


async def read_stdin(sockets):
    while line := await asyncio.to_thread(sys.stdin.readline):
        cid = str(uuid.uuid4())
        unanswered[cid] = line.rstrip("\n")
        for socket in sockets:
            try:
                await say(socket, cid)
            except ConnectionClosed:
                pass  # it is sent by the next connection


async def main():
    sockets = []
    reading = asyncio.create_task(read_stdin(sockets))
    async for socket in connect(URL, subprotocols=["weft.v1"]):
        try:
            hello = {"t": "hello", "id": next(numbers), "token": TOKEN, "device": device}
            await socket.send(json.dumps(hello if cursor is None else {**hello, "cursor": cursor}))
            for cid in list(unanswered):
                await say(socket, cid)
            sockets[:] = [socket]
            async for text in socket:
                await take(socket, json.loads(text))
        except ConnectionClosed:
            pass
        sockets.clear()
        if reading.done():
            return


asyncio.run(main())
