// What the engine knows: /symbols, /strategy-types, /api/strategy_engine/summary.
import { failed } from "../../domain/result.ts";
import { pageOfList } from "../list-page.ts";
import { json } from "../reply.ts";
import { param, queryOf } from "../request.ts";
import { symbolName, unknownSymbol } from "../symbol-name.ts";
import type { Engine } from "../engine.ts";
import type { Router } from "../router.ts";

export function catalogueRoutes(router: Router, engine: Engine): void {
  router.get("/symbols", (head) => {
    const page = pageOfList(queryOf(head), engine.symbols());
    if (!page.ok) return page;
    const { items, nextCursor } = page.value;
    return json({ symbols: items, count: items.length, next_cursor: nextCursor });
  });
  router.get("/symbols/:symbol", (head) => {
    const name = symbolName(param(head, "symbol"));
    const view = name === null ? null : engine.symbol(name);
    return view === null ? failed(unknownSymbol(param(head, "symbol"))) : json(view);
  });
  router.get("/strategy-types", () => json({ strategy_types: engine.strategyTypes() }));
  router.get("/api/strategy_engine/summary", () => json(engine.summary()));
}
