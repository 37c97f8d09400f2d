// POST /api/strategy_engine/process_market_data: the bytes go to ingest as they came, because its decoder is the one
// that knows ticks; only an empty body is spelled out.
import { processMarketData } from "../contract/market-data.ts";
import { json } from "../reply.ts";
import type { Engine } from "../engine.ts";
import type { Router } from "../router.ts";

const EMPTY_OBJECT = "{}";

export function marketDataRoutes(router: Router, engine: Engine): void {
  router.marketData(
    processMarketData,
    async (_head, body, encoding) => {
      const outcome =
        body.byteLength === 0
          ? await engine.processMarketData(new TextEncoder().encode(EMPTY_OBJECT), "json")
          : await engine.processMarketData(body, encoding);
      return outcome.ok ? json(outcome.value) : outcome;
    },
    () => engine.marketDataTooLarge(),
  );
}
