"""Listens to signals over WebSocket with the package websockets, and repairs what is missing by itself.

Shows the whole protocol of a listener: subscribe with a filter and a snapshot, check `prev` against the last `seq`, ask
for a replay when something is missing, go on behind the last event after the connection broke.

  pip install websockets               (Debian: apt install python3-websockets)
  npm start
  python3 examples/signals_websockets.py --url ws://localhost:8700/ws --symbols BTCUSD --count 10
"""

import argparse
import asyncio
import json

import websockets


class Listener:
    def __init__(self, filter, count):
        self.filter = filter
        self.left = count
        self.epoch = None
        self.last = None

    async def listen(self, url):
        async with websockets.connect(url) as socket:
            welcome = json.loads(await socket.recv())
            print(f"welcome, epoch {welcome['epoch']}", flush=True)
            request = {"op": "subscribe", "id": 1, "channel": "signals", "filter": self.filter}
            if self.last is None:
                request["snapshot"] = True
            else:
                request.update(from_seq=self.last, epoch=self.epoch)
            await socket.send(json.dumps(request))
            async for text in socket:
                await self.take(socket, json.loads(text))
                if self.left <= 0:
                    return

    async def take(self, socket, message):
        kind = message["type"]
        if kind == "subscribed":
            self.epoch = message["epoch"]
            replay = message["replay"]
            if replay is None or replay.get("reason") == "epoch_changed":
                self.last = message["seq"]
            print(f"subscribed to {message['sub']} at {message['seq']}", flush=True)
        elif kind == "snapshot":
            print(f"{len(message['data'])} signal(s) so far", flush=True)
        elif kind == "update":
            if message["seq"] <= self.last:
                return  # we have it already
            if not message.get("replay") and message["prev"] > self.last:
                missing = {"from_seq": self.last + 1, "to_seq": message["seq"]}
                await socket.send(json.dumps({"op": "replay", "id": 2, "sub": message["sub"], **missing}))
                return
            self.last = message["seq"]
            self.show(message["data"])
        elif kind == "gap":
            print(f"the engine dropped {message['dropped']} event(s); they are fetched with the next one")
        elif kind == "error":
            raise SystemExit(f"{message['code']}: {message['message']}")

    def show(self, signal):
        print(f"{signal['symbol']} {signal['action']} {signal['type']} {signal['confidence']:.2f}", flush=True)
        self.left -= 1


async def run(options):
    filter = {name: getattr(options, name) for name in ("symbols", "strategies") if getattr(options, name)}
    listener = Listener(filter, options.count)
    pause = 0.5
    while listener.left > 0:
        try:
            await listener.listen(options.url)
            pause = 0.5
        except (OSError, websockets.exceptions.WebSocketException) as error:
            print(f"connection lost ({error}); again in {pause} s", flush=True)
            await asyncio.sleep(pause)
            pause = min(30, pause * 2)


def main():
    parser = argparse.ArgumentParser(description="print signals as they come")
    parser.add_argument("--url", default="ws://localhost:8700/ws")
    parser.add_argument("--symbols", nargs="*", default=[])
    parser.add_argument("--strategies", nargs="*", default=[])
    parser.add_argument("--count", type=int, default=10, help="end after so many signals")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
