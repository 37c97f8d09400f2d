"""Talks to a running engine over HTTP, with requests: health, ticks in, signals and figures out, errors, idempotency.

  pip install requests                 (Debian: apt install python3-requests)
  npm start
  python3 examples/rest_client.py --url http://localhost:8700 --symbol BTCUSD
"""

import argparse
import time
import uuid

import requests


def rising(symbol, count=120, price=50_000.0):
    now = time.time()
    ticks = []
    for n in range(count):
        price *= 1.0015 if n % 2 else 1.0025
        volume = 1000.0 + 1000.0 * n / (count - 1)
        ticks.append({"symbol": symbol, "price": price, "volume": volume, "timestamp": now - (count - 1 - n)})
    return ticks


def main():
    parser = argparse.ArgumentParser(description="send ticks over HTTP and read what came of them")
    parser.add_argument("--url", default="http://localhost:8700")
    parser.add_argument("--symbol", default="BTCUSD")
    parser.add_argument("--api-key", default=None)
    options = parser.parse_args()

    session = requests.Session()
    if options.api_key:
        session.headers["X-API-Key"] = options.api_key

    health = session.get(f"{options.url}/health").json()
    print(f"the engine is {health['status']}, up for {health['uptime_seconds']:.0f} s")

    answer = session.post(
        f"{options.url}/api/strategy_engine/process_market_data",
        json={"market_data": rising(options.symbol)},
        headers={"Idempotency-Key": str(uuid.uuid4())},  # sent twice by a retry, it counts once
        timeout=10,
    )
    answer.raise_for_status()
    outcome = answer.json()
    print(f"{outcome['processed']} ticks in {outcome['processing_time_ms']:.1f} ms, {outcome['rejected']} refused")
    for signal in outcome["signals"]:
        print(f"{signal['type']} says {signal['action']} {signal['symbol']}, confidence {signal['confidence']:.2f}")

    listed = session.get(f"{options.url}/signals", params={"symbol": options.symbol, "limit": 5}).json()
    print(f"{listed['count']} signal(s) of {options.symbol} are kept")

    metrics = session.get(f"{options.url}/metrics", headers={"Accept": "application/json"}).json()
    print(f"success rate {metrics['success_rate']}, engine type {metrics['engine_type']}")

    # A request that is wrong says which field, and what is allowed.
    bad = {"market_data": [{"symbol": "BTCUSD", "price": -1}]}
    wrong = session.post(f"{options.url}/api/strategy_engine/process_market_data", json=bad, timeout=10)
    print(f"{wrong.status_code} {wrong.json()['error']}: {wrong.json()['message']}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
