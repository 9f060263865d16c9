"""A client of Weft over Server-Sent Events, with `httpx-sse` and nothing of Weft's; what it says goes by POST.

    WEFT_URL=http://localhost:8080 WEFT_TOKEN=… python over_sse.py <device> <channel>

Each line of stdin is sent to the channel; each frame that comes is printed as a line of JSON. When the stream is lost it
is opened again from the last event's id, and a POST that got no answer goes again, under the same cid.
"""

import asyncio
import json
import os
import sys
import uuid

import httpx
from httpx_sse import aconnect_sse

URL = os.environ["WEFT_URL"]
TOKEN = os.environ["WEFT_TOKEN"]
device, channel = sys.argv[1:]

# Every 25 s there is at least a ping: silence for twice as long means that the stream is gone.
SILENCE_S = 50
AGAIN_S = 0.5

last_event_id = None


async def listen(client):
    global last_event_id
    headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
    asked = {"params": {"device": device}, "headers": headers}
    async with aconnect_sse(client, "GET", "/v1/events", **asked) as source:
        source.response.raise_for_status()
        async for event in source.aiter_sse():
            if not event.data:
                continue  # nothing but `retry:`
            # Where we are in our queue: what has no place there leaves it as it was.
            last_event_id = event.id or last_event_id
            print(event.data, flush=True)


async def say(client, text):
    frame = {"t": "send", "id": 1, "channel": channel, "cid": str(uuid.uuid4()), "body": text}
    while True:
        try:
            answer = await client.post("/v1/commands", params={"device": device}, json=frame)
        except httpx.TransportError:
            await asyncio.sleep(AGAIN_S)
            continue
        print(json.dumps(answer.json()), flush=True)
        if answer.status_code not in (429, 503):
            return
        await asyncio.sleep(answer.json()["retry_after"])


async def read_stdin(client):
    while line := await asyncio.to_thread(sys.stdin.readline):
        await say(client, line.rstrip("\n"))


async def main():
    headers = {"Authorization": f"Bearer {TOKEN}"}
    timeout = httpx.Timeout(10, read=SILENCE_S)
    async with httpx.AsyncClient(base_url=URL, headers=headers, timeout=timeout) as client:
        reading = asyncio.create_task(read_stdin(client))
        while not reading.done():
            try:
                await listen(client)
            except httpx.TransportError:
                pass
            await asyncio.sleep(AGAIN_S)


asyncio.run(main())
