"""Publishes ticks to a running engine over Redis, with redis-py: one by one as JSON, in a list, and as msgpack.

The price of one symbol rises for two minutes' worth of ticks, which makes the strategy momentum_rider speak; the signal
comes back on the Redis topic strategy.signal, and stands as a key for a while.

  pip install redis msgpack            (Debian: apt install python3-redis python3-msgpack)
  REDIS_URL=redis://localhost:6379/0 npm start
  python3 examples/publish_ticks.py --redis redis://localhost:6379/0 --symbol BTCUSD
"""

import argparse
import json
import time

import msgpack
import redis

CHANNEL = "strategy_engine_input"


def rising(symbol, count=120, price=50_000.0):
    """Ticks one second apart that end now, price and volume rising."""
    now = time.time()
    for n in range(count):
        price *= 1.0015 if n % 2 else 1.0025
        yield {
            "symbol": symbol,
            "price": price,
            "volume": 1000.0 + 1000.0 * n / (count - 1),
            "timestamp": now - (count - 1 - n),
        }


def main():
    parser = argparse.ArgumentParser(description="publish ticks over Redis and wait for a signal")
    parser.add_argument("--redis", default="redis://localhost:6379/0")
    parser.add_argument("--symbol", default="BTCUSD")
    parser.add_argument("--timeout", type=float, default=30.0, help="seconds to wait for the signal")
    options = parser.parse_args()

    client = redis.Redis.from_url(options.redis)
    topic = client.pubsub(ignore_subscribe_messages=True)
    topic.subscribe("strategy.signal")

    ticks = list(rising(options.symbol))
    for tick in ticks[:40]:
        client.publish(CHANNEL, json.dumps(tick))  # one object to a message
    client.publish(CHANNEL, json.dumps(ticks[40:80]))  # a list of them
    client.publish(CHANNEL, msgpack.packb({"market_data": ticks[80:119]}))  # or wrapped, as msgpack
    last = ticks[119]
    heard = client.publish(CHANNEL, msgpack.packb([last["symbol"], last["price"], last["volume"], last["timestamp"]]))
    print(f"published {len(ticks)} ticks to {heard} listener(s)", flush=True)

    deadline = time.time() + options.timeout
    while time.time() < deadline:
        message = topic.get_message(timeout=1.0)
        if message is None:
            continue
        signal = json.loads(message["data"])["payload"]
        if signal["symbol"] != options.symbol.upper():
            continue
        key = f"strategy_engine:{signal['strategy']}:{signal['symbol']}:{signal['timestamp']}"
        print(f"{signal['type']} says {signal['action']} {signal['symbol']} at {signal['entry_price']:.2f}")
        kept = client.get(key)
        print(f"kept at {key} for {client.ttl(key)} s" if kept else f"no key {key}")
        return 0
    print("no signal came: is an engine connected to this Redis?")
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
