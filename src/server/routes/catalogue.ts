// What the engine knows: /symbols, /strategy-types, /api/strategy_engine/summary.
import { invalid } from "../../domain/failure.ts";
import { failed } from "../../domain/result.ts";
import { QueryReader } from "../query.ts";
import { json } from "../reply.ts";
import { param, queryOf } from "../request.ts";
import type { Engine } from "../engine.ts";
import type { Router } from "../router.ts";

const SYMBOL = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,31}$/;

export function catalogueRoutes(router: Router, engine: Engine): void {
  router.get("/symbols", (head) => {
    const query = new QueryReader(queryOf(head));
    const { limit, cursor } = query.page();
    if (query.fault !== null) return failed({ code: "validation_error", issues: query.fault });
    const after = cursor === undefined ? -1 : readCursor(cursor);
    if (after === null) return failed(invalid("cursor", "is not one of this list; start again without it"));
    const all = engine.symbols();
    const end = after < 0 ? all.length : Math.min(after, all.length);
    const start = Math.max(0, end - limit);
    const symbols = all.slice(start, end).reverse();
    return json({ symbols, count: symbols.length, next_cursor: start > 0 ? writeCursor(start) : null });
  });
  router.get("/symbols/:symbol", (head) => {
    const name = param(head, "symbol");
    const view = SYMBOL.test(name) ? engine.symbol(name.toUpperCase()) : null;
    return view === null
      ? failed({ code: "not_found", kind: "symbol", id: JSON.stringify(name.slice(0, 64)) })
      : json(view);
  });
  router.get("/strategy-types", () => json({ strategy_types: engine.strategyTypes() }));
  router.get("/api/strategy_engine/summary", () => json(engine.summary()));
}

/** Symbols are only ever added, so a position in the list stays what it is while newer ones come in behind it. */
function writeCursor(before: number): string {
  return Buffer.from(`s.${before}`).toString("base64url");
}

function readCursor(cursor: string): number | null {
  const found = /^s\.(\d{1,9})$/.exec(Buffer.from(cursor, "base64url").toString("latin1"));
  return found === null ? null : Number(found[1]);
}
