// What the engine knows: /symbols, /strategy-types, /components, /logs, /api/strategy_engine/summary.
import { failed, ok } from "../../domain/result.ts";
import { getSummary, listComponents, listEngineLog, listStrategyTypes } from "../contract/components.ts";
import { getSymbol, listBars, listSymbols } from "../contract/symbols.ts";
import { pageOfList } from "../list-page.ts";
import { unknownSymbol } from "../unknown-symbol.ts";
import type { Engine } from "../engine.ts";
import type { Router } from "../router.ts";

const SECONDS = { "1s": 1, "5s": 5, "15s": 15, "1m": 60, "5m": 300, "15m": 900, "1h": 3_600 } as const;

export function catalogueRoutes(router: Router, engine: Engine): void {
  router.route(listSymbols, ({ query }) => {
    const page = pageOfList(query, engine.symbols());
    if (!page.ok) return page;
    const { items, nextCursor } = page.value;
    return ok({ symbols: items, count: items.length, next_cursor: nextCursor });
  });
  router.route(getSymbol, ({ params }) => {
    const view = engine.symbol(params.symbol.toUpperCase());
    return view === null ? failed(unknownSymbol(params.symbol)) : ok(view);
  });
  router.route(listBars, ({ params, query }) => {
    const { interval } = query;
    const name = params.symbol.toUpperCase();
    const bars = engine.bars(name, SECONDS[interval], query.limit);
    return bars === null
      ? failed(unknownSymbol(params.symbol))
      : ok({ symbol: name, interval, bars, count: bars.length });
  });
  router.route(listStrategyTypes, () => ok({ strategy_types: engine.strategyTypes() }));
  router.route(listComponents, () => ok({ components: engine.components() }));
  router.route(listEngineLog, ({ query }) => {
    const lines = engine.logTail(query.limit, query.level);
    const shown = lines.map(({ time, ...line }) => ({ timestamp: time, ...line }));
    return ok({ lines: shown, count: shown.length });
  });
  router.route(getSummary, () => ok(engine.summary()));
}
