"""Listens to signals, figures and heartbeats over one WebSocket with aiohttp, in msgpack.

  pip install aiohttp msgpack          (Debian: apt install python3-aiohttp python3-msgpack)
  npm start
  python3 examples/signals_aiohttp.py --url http://localhost:8700 --count 5
"""

import argparse
import asyncio

import aiohttp
import msgpack


async def run(url, count):
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(f"{url}/ws", protocols=["strategy.v1.msgpack"]) as socket:
            for number, channel in enumerate(["signals", "metrics", "heartbeat"]):
                request = {"op": "subscribe", "id": number, "channel": channel}
                await socket.send_bytes(msgpack.packb(request))
            seen = set()
            async for frame in socket:
                if frame.type != aiohttp.WSMsgType.BINARY:
                    break
                message = msgpack.unpackb(frame.data)
                if message["type"] == "subscribed":
                    print(f"subscribed to {message['channel']}", flush=True)
                elif message["type"] == "heartbeat" and "heartbeat" not in seen:
                    seen.add("heartbeat")
                    print(f"heartbeat, last numbers {message['subs']}", flush=True)
                elif message["type"] == "update" and message["channel"] == "metrics" and "metrics" not in seen:
                    seen.add("metrics")
                    print(f"figures: {message['data']['ws_connections']} connection(s)", flush=True)
                elif message["type"] == "update" and message["channel"] == "signals":
                    signal = message["data"]
                    print(f"{message['seq']}: {signal['type']} {signal['action']} {signal['symbol']}", flush=True)
                    count -= 1
                if count <= 0 and {"heartbeat", "metrics"} <= seen:
                    return


def main():
    parser = argparse.ArgumentParser(description="print signals, figures and heartbeats")
    parser.add_argument("--url", default="http://localhost:8700")
    parser.add_argument("--count", type=int, default=5, help="end after so many signals")
    options = parser.parse_args()
    asyncio.run(run(options.url, options.count))


if __name__ == "__main__":
    main()
