// Two strategies against each other: /ab-tests.
import type { Failure } from "../../domain/failure.ts";
import { failed, ok } from "../../domain/result.ts";
import { experimentView, type Manage } from "../../manage/manage.ts";
import * as contract from "../contract/ab-tests.ts";
import { pageOfChosen } from "../list-page.ts";
import type { Router } from "../router.ts";
import { isoTime } from "../times.ts";

export function abTestRoutes(router: Router, { experiments }: Manage): void {
  const unknown = ({ ab_test_id: id }: { readonly ab_test_id: string }): Failure | null =>
    experiments.get(id) === null ? { code: "not_found", kind: "A/B test", id } : null;
  router.route(contract.createAbTest, async ({ body, head }) => {
    const { name, strategy_a: strategyA, strategy_b: strategyB, traffic_split: trafficSplit } = body;
    const made = await experiments.create({ name, strategyA, strategyB, trafficSplit }, head.caller.id);
    if (!made.ok) return made;
    const { abTestId, createdAt } = made.value;
    const asked = { name, strategy_a: strategyA, strategy_b: strategyB, traffic_split: trafficSplit };
    return ok({ status: "running" as const, ab_test_id: abTestId, ...asked, created_at: isoTime(createdAt) });
  });
  router.route(contract.listAbTests, ({ query }) => {
    const all = experiments.all();
    const page = pageOfChosen(query, { all, shown: all, nameOf: ({ abTestId }) => abTestId });
    if (!page.ok) return page;
    const items = page.value.items.map(experimentView);
    return ok({ ab_tests: items, count: items.length, next_cursor: page.value.nextCursor });
  });
  router.route(
    contract.getAbTest,
    ({ params: { ab_test_id: id } }) => {
      const test = experiments.get(id);
      return test === null ? failed({ code: "not_found", kind: "A/B test", id }) : ok(experimentView(test));
    },
    unknown,
  );
  router.route(
    contract.concludeAbTest,
    async ({ params, head }) => {
      const done = await experiments.conclude(params.ab_test_id, head.caller.id);
      return done.ok ? ok({ status: "concluded" as const, winner: done.value.winner }) : done;
    },
    unknown,
  );
  router.route(contract.promoteAbTest, async ({ params: { ab_test_id: id }, body, head }) => {
    const done = await experiments.promote(id, body.strategy ?? null, head.caller.id);
    if (!done.ok) return done;
    const { experiment, side, executionId, stopped } = done.value;
    const strategyId = side === "a" ? experiment.strategyA : experiment.strategyB;
    const ids = { strategy_id: strategyId, execution_id: executionId, stopped_execution_id: stopped };
    return ok({ status: "promoted" as const, ab_test_id: id, promoted: side, ...ids });
  });
}
