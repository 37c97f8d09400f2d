// What learning changed, proposes and keeps, and the switch that freezes it: /learning.
import type { Failure } from "../../domain/failure.ts";
import { ok, type Result } from "../../domain/result.ts";
import type { ChangeRecord, Learning, Manage, ModelRecord, PairView, ProposalRecord } from "../../manage/manage.ts";
import type { AnswerOf } from "../contract/endpoint.ts";
import * as contract from "../contract/learning.ts";
import { pageOfChosen, pageOfRanked, positionCursor, readPosition } from "../list-page.ts";
import type { Router } from "../router.ts";
import { isoTime } from "../times.ts";

export function learningRoutes(router: Router, { learning }: Manage): void {
  const { book, proposals, models, following } = learning;
  router.route(contract.getCalibration, ({ query }) => ok(following.history.reliability(query.strategy_type)));
  router.route(contract.listChanges, async ({ query }) => {
    const position = readPosition(query);
    if (!position.ok) return position;
    const page = await book.page(position.value);
    const items = page.changes.map(changeView);
    return ok({ changes: items, count: items.length, next_cursor: positionCursor(page.next) });
  });
  router.route(contract.revertChange, async ({ params, head }) => {
    const made = await learning.takeBack(params.change_id, head.caller.id);
    if (!made.ok) return made;
    return ok({ status: "reverted" as const, change_id: params.change_id, reverted_by: made.value.changeId });
  });
  router.route(contract.listApplication, ({ query }) => {
    const { pairs, view } = learning.application(query.strategy_type ?? null);
    const page = pageOfRanked(query, pairs, ({ rank }) => rank);
    if (!page.ok) return page;
    const items = page.value.items.flatMap(view).map(pairView);
    return ok({ pairs: items, count: items.length, next_cursor: page.value.nextCursor });
  });
  router.route(contract.listModels, ({ query }) => {
    const all = models.listed();
    const page = pageOfChosen(query, { all, shown: all, nameOf: ({ modelId }) => modelId });
    if (!page.ok) return page;
    const items = page.value.items.map(modelView);
    return ok({ models: items, count: items.length, next_cursor: page.value.nextCursor });
  });
  router.route(contract.listProposals, ({ query }) => {
    const page = pageOfRanked(query, proposals.all(), ({ position }) => position);
    if (!page.ok) return page;
    const items = page.value.items.map(proposalView);
    return ok({ proposals: items, count: items.length, next_cursor: page.value.nextCursor });
  });
  const unknown = ({ proposal_id: id }: { readonly proposal_id: string }): Failure | null =>
    proposals.get(id) === null ? { code: "not_found", kind: "proposal", id } : null;
  router.route(
    contract.approveProposal,
    async ({ params, head }) => decided("approved", await proposals.approve(params.proposal_id, head.caller.id)),
    unknown,
  );
  router.route(
    contract.rejectProposal,
    async ({ params, head }) => decided("rejected", await proposals.reject(params.proposal_id, head.caller.id)),
    unknown,
  );
  searchRoutes(router, learning);
  router.route(contract.freezeLearning, async ({ head }) => {
    const done = await learning.freeze(true, head.caller.id);
    return done.ok ? ok({ status: "frozen" as const }) : done;
  });
  router.route(contract.unfreezeLearning, async ({ head }) => {
    const done = await learning.freeze(false, head.caller.id);
    return done.ok ? ok({ status: "unfrozen" as const }) : done;
  });
}

function searchRoutes(router: Router, learning: Learning): void {
  router.route(contract.getSearch, () =>
    ok({ search: searchView(learning.search), attended: learning.thread.trialsAway.attended }),
  );
  router.route(contract.cancelSearch, async ({ head }) => {
    const done = await learning.cancelSearch(head.caller.id);
    return done.ok ? ok({ status: "cancelled" as const }) : done;
  });
}

function decided<const S extends string>(
  status: S,
  outcome: Result<ProposalRecord, Failure>,
): Result<{ readonly status: S; readonly proposal_id: string }, Failure> {
  return outcome.ok ? ok({ status, proposal_id: outcome.value.proposalId }) : outcome;
}

type ChangeView = AnswerOf<typeof contract.listChanges>["changes"][number];
function changeView(record: ChangeRecord): ChangeView {
  const { changeId, what, strategyType, before, after, reason, evidence, createdAt, reverts } = record;
  const moved = { from: before, to: after, reason, evidence, created_at: isoTime(createdAt) };
  const back = reverts === null ? {} : { reverts };
  return { change_id: changeId, what, strategy_type: strategyType, ...moved, ...back };
}

function pairView({ strategy, ...pair }: PairView): AnswerOf<typeof contract.listApplication>["pairs"][number] {
  return { strategy_type: strategy, ...pair };
}

type ModelView = AnswerOf<typeof contract.listModels>["models"][number];
function modelView({ modelId, kind, strategyType, samples, lineage, updatedAt }: ModelRecord): ModelView {
  return { model_id: modelId, kind, strategy_type: strategyType, samples, lineage, updated_at: isoTime(updatedAt) };
}

function searchView(search: Learning["search"]): AnswerOf<typeof contract.getSearch>["search"] {
  if (search === null) return null;
  const { job, strategy, tried, planned, away } = search;
  const kind = job.kind === "generation" ? "parameters" : "rules";
  const progress = planned === 0 ? 0 : Math.min(1, tried / planned);
  return { kind, strategy_type: strategy, started_at: isoTime(job.now), tried, planned, progress, away };
}

type ProposalView = AnswerOf<typeof contract.listProposals>["proposals"][number];
function proposalView(record: ProposalRecord): ProposalView {
  const { proposalId, status, what, strategyType, before, after, reason, evidence, createdAt } = record;
  const moved = { from: before, to: after, reason, evidence, created_at: isoTime(createdAt) };
  return { proposal_id: proposalId, status, what, strategy_type: strategyType, ...moved };
}
