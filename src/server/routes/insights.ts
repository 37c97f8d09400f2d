// What the engine makes of the market, and the request to adapt to it at once: /api/learning.
import type { Failure } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import { STRATEGIES, type StrategyType } from "../../domain/strategies.ts";
import type { Insights, Manage } from "../../manage/manage.ts";
import type { AnswerOf } from "../contract/endpoint.ts";
import * as contract from "../contract/learning.ts";
import { familyOf } from "../../domain/names.ts";
import type { Router } from "../router.ts";
import { isoTime } from "../times.ts";

const SYMBOLS_SHOWN = 500;

export function insightRoutes(router: Router, { learning }: Manage): void {
  router.route(contract.getInsights, (): Result<AnswerOf<typeof contract.getInsights>, Failure> => {
    const insights = learning.insights();
    return insights === null ? failed({ code: "restarting" }) : ok({ insights: insightsView(insights) });
  });
  router.route(contract.forceAdaptation, async ({ body, head }) => {
    const { name, types } = typesOf(body.strategy_type);
    const adapted = await learning.adapt(types, body.market_conditions, head.caller.id);
    if (!adapted.ok) return adapted;
    const { regime, isMeant, notes, version, changes } = adapted.value;
    const byStrategy = [...changes].map(([strategy, moves]) => [strategy, movesView(moves)] as const);
    // Of several strategies the first that has changed says what of; they differ only where they were set or learned.
    const all = byStrategy.toReversed().map(([, moves]) => moves);
    return ok({
      adaptation_triggered: true as const,
      strategy_type: name,
      changes: Object.assign({}, ...all) as ReturnType<typeof movesView>,
      regime,
      regime_from: isMeant ? ("market_conditions" as const) : ("market" as const),
      set_version: version,
      ...(notes.length > 0 ? { reason: notes.join("; ") } : {}),
      ...(types.length > 1 ? { by_strategy: Object.fromEntries(byStrategy) } : {}),
    });
  });
}

/** A strategy, or all of a family. */
function typesOf(word: string): { readonly name: string; readonly types: readonly StrategyType[] } {
  const family = familyOf(word);
  if (family === null) return { name: word, types: STRATEGIES.filter(({ name }) => name === word) };
  return { name: family, types: STRATEGIES.filter((type) => type.family === family) };
}

type Moves = readonly { readonly name: string; readonly from: number; readonly to: number }[];
function movesView(moves: Moves): Readonly<Record<string, { readonly from: number; readonly to: number }>> {
  return Object.fromEntries(moves.map(({ name, from, to }) => [name, { from, to }]));
}

function insightsView(insights: Insights): AnswerOf<typeof contract.getInsights>["insights"] {
  const { market, symbols, optimal, thresholds, thresholdsByStrategy, success, adapted } = insights;
  const known = symbols.filter(({ regime }) => regime !== "unknown");
  return {
    market_regime: market.market.regime,
    optimal_strategies: optimal.map(({ strategy }) => strategy),
    thresholds,
    success_rate: success.rate,
    success_basis: success.basis,
    optimal: optimal.map(({ meanNet, ...rest }) => ({ ...rest, mean_net: meanNet })),
    thresholds_by_strategy: Object.fromEntries(thresholdsByStrategy),
    regimes: {
      market: groupView(market.market),
      asset_classes: Object.fromEntries([...market.classes].map(([name, group]) => [name, groupView(group)])),
      symbols: Object.fromEntries(known.slice(0, SYMBOLS_SHOWN).map((one) => [one.symbol, symbolView(one)])),
      symbols_total: known.length,
    },
    adapted: Object.fromEntries(
      [...adapted].map(([strategy, { regime, since }]) => [strategy, { regime, since: isoTime(since) }]),
    ),
  };
}

type Group = Insights["market"]["market"];
function groupView({ regime, probability, since, breadth, symbols }: Group) {
  return { regime, probability, since: since > 0 ? isoTime(since) : null, breadth, symbols };
}
function symbolView({ regime, probability, since, side }: Insights["symbols"][number]) {
  return { regime, probability, since: since > 0 ? isoTime(since) : null, side };
}
