// Limits, figures and what-if checks of risk. The emergency stop: latched by one request, released by another. It is in
// force at once; the answer waits for its entry in the audit trail, but not for long, and is the same when there can be
// none; where a restart would not find what is in force, the answer says so.
import { failed, ok } from "../../domain/result.ts";
import { limitView, unknownStrategy } from "../../manage/manage.ts";
import {
  checkOrder,
  emergencyStop,
  getRiskLimits,
  getRiskStatus,
  putRiskLimits,
  REASON_MAX,
  resumeRisk,
} from "../contract/risk.ts";
import { matches } from "../if-match.ts";
import { tagged } from "../reply.ts";
import type { AnswerOf } from "../contract/endpoint.ts";
import type { Engine } from "../engine.ts";
import { withIgnored, type Router } from "../router.ts";

export function riskRoutes(router: Router, engine: Engine): void {
  const { risk, registry, executions } = engine.manage;
  router.route(emergencyStop, async ({ body, head }) => {
    const reason = shortened(body.reason);
    const stopped = engine.emergencyStop(reason);
    // In force and kept, whether or not the journal has taken it: whoever is told of a failure asks again.
    const kept = await risk.keepStop(true, reason, head.caller.id);
    if (!stopped.ok) return stopped;
    const { executionsStopped } = stopped.value;
    return ok({ status: "emergency_stopped", executions_stopped: executionsStopped, ...recorded(kept) } as const);
  });
  router.route(resumeRisk, async ({ body, head }) => {
    const { stopped } = risk;
    const reason = shortened(body.reason);
    const resumed = engine.resume(reason);
    if (!resumed.ok) return resumed;
    const kept = await (stopped ? risk.keepStop(false, reason, head.caller.id) : risk.stopKept());
    return ok({ status: "resumed", ...recorded(kept) } as const);
  });
  router.route(getRiskStatus, () => ok(risk.status()));
  router.reply(getRiskLimits, () => tagged(limitsView(risk)));
  router.reply(putRiskLimits, async ({ body, head, ignored }) => {
    const { ifMatch } = head;
    const isMeant = ifMatch === null ? undefined : (revision: string) => matches(ifMatch, revision);
    const put = await risk.putLimits(body.limits, head.caller.id, isMeant);
    return put.ok ? tagged(withIgnored(limitsView(risk), ignored)) : put;
  });
  router.route(checkOrder, async ({ body }) => {
    const { strategy_id: strategyId, symbol, side, quantity, price = null } = body;
    const strategy = registry.get(strategyId);
    if (strategy === null) return failed(unknownStrategy(strategyId));
    const order = { strategyId, family: strategy.strategyType, symbol: symbol.toUpperCase(), quantity, price };
    const stake = await executions.stake(strategyId, order.symbol);
    return stake.ok ? ok(risk.check({ ...order, buys: side === "BUY" }, stake.value)) : stake;
  });
}

/** Said only where it is not so. */
function recorded(kept: boolean): { readonly recorded?: boolean } {
  return kept ? {} : { recorded: false };
}

/** In characters; cut first, because a text may be as long as a body. */
function shortened(reason: string | null): string {
  const beginning = Array.from((reason ?? "").slice(0, 2 * REASON_MAX));
  return beginning.slice(0, REASON_MAX).join("");
}

function limitsView(risk: Engine["manage"]["risk"]): AnswerOf<typeof getRiskLimits> {
  return { limits: risk.limits().map(limitView), revision: risk.revision };
}
