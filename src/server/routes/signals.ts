// GET /signals: the archive of approved signals, newest first, page by page.
import { invalid } from "../../domain/failure.ts";
import { failed, ok } from "../../domain/result.ts";
import { wireSignal } from "../../domain/signal.ts";
import { FAMILIES, TIERS } from "../../domain/strategies.ts";
import { familyOf } from "../names.ts";
import { QueryReader } from "../query.ts";
import { json } from "../reply.ts";
import { queryOf } from "../request.ts";
import type { Failure } from "../../domain/failure.ts";
import type { Result } from "../../domain/result.ts";
import type { SignalQuery } from "../../domain/signal-query.ts";
import type { Engine } from "../engine.ts";
import type { Router } from "../router.ts";

export function signalRoutes(router: Router, engine: Engine): void {
  router.get("/signals", (head) => {
    const query = parseQuery(queryOf(head));
    if (!query.ok) return query;
    const page = engine.signals(query.value);
    if (!page.ok) return failed(invalid("cursor", "is not one that a page of this list gave; start again without it"));
    const signals = page.value.signals.map(wireSignal);
    return json({ signals, count: signals.length, next_cursor: page.value.nextCursor });
  });
}

function parseQuery(parameters: URLSearchParams): Result<SignalQuery, Failure> {
  const query = new QueryReader(parameters);
  const values = {
    symbol: query.text("symbol")?.toUpperCase(),
    strategy: query.text("strategy"),
    family: query.named("family", familyOf, FAMILIES),
    tier: query.oneOf("tier", TIERS),
    minConfidence: query.number("min_confidence", 0, 1),
    sinceS: query.number("since", 0, Infinity),
    untilS: query.number("until", 0, Infinity),
    ...query.page(),
  };
  if (query.fault !== null) return failed({ code: "validation_error", issues: query.fault });
  return ok(withoutUndefined(values));
}

/** Leaves out what was not asked for, so that "absent" has one form. */
function withoutUndefined<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const present = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as { [K in keyof T]: Exclude<T[K], undefined> };
}
