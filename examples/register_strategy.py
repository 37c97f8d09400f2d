"""Registers an instance of a built-in strategy, changes its parameters, tracks a result and reads its performance.

Uses aiohttp; its POST without a body sends application/octet-stream, which the engine takes for an empty object.

  pip install aiohttp                  (Debian: apt install python3-aiohttp)
  npm start
  python3 examples/register_strategy.py --url http://localhost:8700
"""

import argparse
import asyncio

import aiohttp


async def run(url):
    async with aiohttp.ClientSession(base_url=url) as session:
        request = {
            "strategy_type": "momentum_rider",
            "strategy_name": "my momentum",
            "parameters": {"symbols": ["BTCUSD"]},
            "asset_types": ["crypto"],
        }
        async with session.post("/api/strategy/register", json=request) as response:
            assert response.status == 200, await response.text()
            strategy_id = (await response.json())["strategy_id"]
        print(f"registered {strategy_id}")

        change = {"parameters": {"volume_multiplier": 1.5}}
        async with session.put(f"/api/strategy/{strategy_id}", json=change) as response:
            updated = await response.json()
        print(f"version {updated['version']}, parameters {updated['parameters']}")

        result = {"pnl": 12.5, "execution_time_ms": 3.2}
        async with session.post(
            "/api/performance/track", json={"strategy_id": strategy_id, "execution_result": result}
        ) as response:
            tracked = await response.json()
        print(f"total pnl {tracked['metrics']['total_pnl']}, success rate {tracked['metrics']['success_rate']}")

        async with session.post(f"/strategies/{strategy_id}/pause") as response:  # no body at all
            print(f"{response.status} {(await response.json())['status']}")
        async with session.post(f"/strategies/{strategy_id}/resume") as response:
            print(f"{response.status} {(await response.json())['status']}")


def main():
    parser = argparse.ArgumentParser(description="register a strategy and follow it")
    parser.add_argument("--url", default="http://localhost:8700")
    asyncio.run(run(parser.parse_args().url))


if __name__ == "__main__":
    main()
