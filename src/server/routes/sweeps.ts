// Sweeps over parameters: /sweeps.
import type { Failure } from "../../domain/failure.ts";
import { failed, ok } from "../../domain/result.ts";
import type { Manage, Registry, SweepRecord } from "../../manage/manage.ts";
import * as contract from "../contract/backtests.ts";
import type { AnswerOf } from "../contract/endpoint.ts";
import { pageOfChosen } from "../list-page.ts";
import type { Router } from "../router.ts";
import { DAY_MS, subjectOf, subjectView } from "./backtests.ts";

export function sweepRoutes(router: Router, manage: Manage): void {
  const { audit, registry, sweeps } = manage;
  const view = (one: SweepRecord) => sweepView(one, sweeps.etaS(one), registry);
  router.route(contract.createSweep, async ({ body }) => {
    const subject = await subjectOf(manage, body);
    if (!subject.ok) return subject;
    const { parameters, symbols, duration_days: days, initial_capital: capital, grid, objective } = body;
    const run = { kind: "backtest", ...subject.value, parameters, spanMs: days * DAY_MS, capital } as const;
    const asked = { run: { ...run, ...(symbols === undefined ? {} : { symbols }) }, grid, objective };
    const made = await sweeps.ask(asked, { ...body });
    if (!made.ok) return made;
    const { sweepId, combinations } = made.value;
    return ok({ status: "queued" as const, sweep_id: sweepId, combinations });
  });
  router.route(contract.listSweeps, ({ query }) => {
    const page = pageOfChosen(query, {
      all: sweeps.list(),
      shown: sweeps.list(query.status),
      nameOf: ({ sweepId }) => sweepId,
    });
    if (!page.ok) return page;
    const items = page.value.items.map(view);
    return ok({ sweeps: items, count: items.length, next_cursor: page.value.nextCursor });
  });
  const unknown = ({ sweep_id: id }: { readonly sweep_id: string }): Failure | null =>
    sweeps.get(id) === null ? { code: "not_found", kind: "sweep", id } : null;
  router.route(
    contract.getSweep,
    ({ params: { sweep_id: id } }) => {
      const found = sweeps.get(id);
      return found === null ? failed({ code: "not_found", kind: "sweep", id }) : ok(view(found));
    },
    unknown,
  );
  router.route(
    contract.cancelSweep,
    async ({ params, head }) => {
      const target = params.sweep_id;
      const done = await sweeps.cancel(target);
      if (done.ok) await audit.note({ actor: head.caller.id, action: "sweep.cancel", target, from: null, to: null });
      return done.ok ? ok({ status: "cancelled" as const }) : done;
    },
    unknown,
  );
}

function sweepView(record: SweepRecord, etaS: number | null, registry: Registry): AnswerOf<typeof contract.getSweep> {
  const { sweepId, status, completed, combinations, verdict, error } = record;
  const results = record.results.map(({ parameters, score }) => ({ parameters, score }));
  const progress = completed / combinations;
  const rest = { best: results[0] ?? null, results, verdict, error };
  const eta = etaS === null ? {} : { eta_seconds: etaS };
  return {
    sweep_id: sweepId,
    ...subjectView(record.request, registry),
    status,
    progress,
    completed,
    combinations,
    ...rest,
    ...eta,
  };
}
