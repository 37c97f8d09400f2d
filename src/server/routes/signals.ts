// GET /signals: the archive of approved signals, newest first, page by page.
import { invalid } from "../../domain/failure.ts";
import { failed, ok } from "../../domain/result.ts";
import { wireSignal } from "../../domain/signal.ts";
import { listSignals } from "../contract/signals.ts";
import { familyOf } from "../../domain/names.ts";
import type { SignalQuery } from "../../domain/signal-query.ts";
import type { Engine } from "../engine.ts";
import type { Router } from "../router.ts";

export function signalRoutes(router: Router, engine: Engine): void {
  router.route(listSignals, ({ query }) => {
    const { min_confidence: minConfidence, since: sinceS, until: untilS, strategy, tier, limit, cursor } = query;
    const asked = {
      symbol: query.symbol?.toUpperCase(),
      strategy,
      family: query.family === undefined ? undefined : (familyOf(query.family) ?? undefined),
      tier,
      minConfidence,
      sinceS,
      untilS,
      limit,
      cursor,
    };
    const page = engine.signals(withoutUndefined(asked) satisfies SignalQuery);
    if (!page.ok) return failed(invalid("cursor", "is not one that a page of this list gave; start again without it"));
    const signals = page.value.signals.map(wireSignal);
    return ok({ signals, count: signals.length, next_cursor: page.value.nextCursor });
  });
}

/** Leaves out what was not asked for, so that "absent" has one form. */
function withoutUndefined<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const present = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as { [K in keyof T]: Exclude<T[K], undefined> };
}
