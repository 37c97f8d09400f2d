// Runs over history: /backtests, and the tests of a strategy at /strategies/{id}/test.
import type { Failure } from "../../domain/failure.ts";
import { invalid } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import {
  type Asked,
  type Backtest,
  type Manage,
  type Registry,
  subjectNames,
  unknownStrategy,
} from "../../manage/manage.ts";
import * as contract from "../contract/backtests.ts";
import { testStrategy } from "../contract/deployments.ts";
import { pageOfChosen } from "../list-page.ts";
import { familyOf } from "../../domain/names.ts";
import { document } from "../page.ts";
import type { AnswerOf } from "../contract/endpoint.ts";
import type { Router } from "../router.ts";

export const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

export function backtestRoutes(router: Router, manage: Manage): void {
  const { audit, backtests, registry } = manage;
  router.route(contract.createBacktest, async ({ body }) => {
    const subject = await subjectOf(manage, body);
    if (!subject.ok) return subject;
    const { parameters, symbols, duration_days: days, initial_capital: capital } = body;
    const spanMs = days * DAY_MS;
    const asked = { kind: "backtest", ...subject.value, parameters, spanMs, capital } as const;
    const made = await backtests.ask({ ...asked, ...(symbols === undefined ? {} : { symbols }) }, { ...body });
    return made.ok ? ok({ status: "queued" as const, backtest_id: made.value }) : made;
  });
  router.route(contract.listBacktests, async ({ query }) => {
    const page = pageOfChosen(query, {
      all: backtests.list(),
      shown: backtests.list(query.status),
      nameOf: (id) => id,
    });
    if (!page.ok) return page;
    const items = (await backtests.page(page.value.items)).map((one) => backtestView(one, registry));
    return ok({ backtests: items, count: items.length, next_cursor: page.value.nextCursor });
  });
  const unknown = ({ backtest_id: id }: { readonly backtest_id: string }): Failure | null =>
    backtests.has(id) ? null : { code: "not_found", kind: "backtest", id };
  router.route(
    contract.getBacktest,
    async ({ params: { backtest_id: id } }) => {
      const found = await backtests.get(id);
      return found === null ? failed({ code: "not_found", kind: "backtest", id }) : ok(backtestView(found, registry));
    },
    unknown,
  );
  router.reply(
    contract.getTearsheet,
    async ({ params: { backtest_id: id } }) => {
      const page = await backtests.tearsheet(id);
      return page.ok ? document(`${id}.html`, page.value) : page;
    },
    unknown,
  );
  router.route(
    contract.cancelBacktest,
    async ({ params, head }) => {
      const target = params.backtest_id;
      const done = await backtests.cancel(target);
      if (done.ok) await audit.note({ actor: head.caller.id, action: "backtest.cancel", target, from: null, to: null });
      return done.ok ? ok({ status: "cancelled" as const }) : done;
    },
    unknown,
  );
  testRoute(router, manage);
}

function testRoute(router: Router, manage: Manage): void {
  const { backtests, registry } = manage;
  router.route(
    testStrategy,
    async ({ params: { strategy_id: id }, body }) => {
      const strategy = registry.get(id);
      if (strategy === null) return failed(unknownStrategy(id));
      const { test_type: kind, duration_days: days, duration_hours: hours, initial_capital: capital } = body;
      type View = AnswerOf<typeof testStrategy>;
      const done = { status: "test_completed" as const, strategy_id: id, test_type: kind };
      const compiled = await manage.compiled(strategy);
      if (!compiled.ok) return compiled;
      if (kind !== "backtest" && kind !== "paper_trading") {
        const answer = await manage.pipelines.test(id, kind);
        return answer.ok ? ok({ ...done, result: answer.value as View["result"] }) : answer;
      }
      const spanMs = kind === "backtest" ? days * DAY_MS : hours * HOUR_MS;
      const asked = { kind, strategy, compiled: compiled.value, parameters: {}, spanMs, capital };
      const result = await backtests.test(asked);
      return result.ok ? ok({ ...done, result: result.value as View["result"] }) : result;
    },
    ({ strategy_id: id }) => (registry.get(id) === null ? unknownStrategy(id) : null),
  );
}

interface Subject {
  readonly strategy_id?: string;
  readonly strategy_type?: string;
}

/** What is to be run: a type by its name, or a strategy with its program. */
export async function subjectOf(
  manage: Manage,
  body: Subject,
): Promise<Result<Pick<Asked, "strategy" | "compiled">, Failure>> {
  const { strategy_id: id, strategy_type: type } = body;
  if (id === undefined && type === undefined)
    return failed(invalid("strategy_type", "or strategy_id must be given; GET /strategy-types lists the types"));
  if (id === undefined) return ok({ strategy: familyOf(type ?? "") ?? type ?? "" });
  const strategy = manage.registry.get(id);
  if (strategy === null) return failed(unknownStrategy(id));
  const compiled = await manage.compiled(strategy);
  return compiled.ok ? ok({ strategy, compiled: compiled.value }) : compiled;
}

type View = AnswerOf<typeof contract.getBacktest>;
function backtestView(backtest: Backtest, registry: Registry): View {
  const { backtestId, request, status, progress, etaS, waitsFor, result, error } = backtest;
  const eta = etaS === null ? {} : { eta_seconds: etaS };
  const waits = waitsFor === null ? {} : { waits_for: waitsFor };
  const far = { status, progress, ...eta, ...waits };
  return {
    backtest_id: backtestId,
    ...subjectView(request, registry),
    ...far,
    result: result as View["result"],
    error,
  };
}

/** What is run, and what people call it; where a request names both, the strategy is what is run. */
export function subjectView(request: Backtest["request"], registry: Registry) {
  const { strategy_id: id, strategy_type: type } = subjectNames(request);
  const strategy = id === null ? {} : { strategy_id: id, strategy_name: registry.nameOf(id) };
  return { ...strategy, ...(type === null || id !== null ? {} : { strategy_type: type }) };
}
