// Deployments: asked for at /strategies/{id}/deploy, followed, approved and called off at /deployments.
import type { Failure } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import { type Manage, pipelineView, unknownPipeline, unknownStrategy } from "../../manage/manage.ts";
import type { PipelineRecord } from "../../store/pipelines.ts";
import * as contract from "../contract/deployments.ts";
import { deployStrategy, rollbackStrategy } from "../contract/strategies.ts";
import { pageOfChosen, positionCursor, readPosition } from "../list-page.ts";
import type { AnswerOf } from "../contract/endpoint.ts";
import type { RequestHead } from "../request.ts";
import type { Router } from "../router.ts";

const MINUTE_MS = 60_000;
type Pipeline = AnswerOf<typeof contract.getDeployment>;
type LogLines = AnswerOf<typeof contract.listLogs>;

export function deploymentRoutes(router: Router, manage: Manage): void {
  const { pipelines, registry } = manage;
  const unknown = ({ pipeline_id: id }: { readonly pipeline_id: string }): Failure | null =>
    pipelines.get(id) === null ? unknownPipeline(id) : null;
  const shown = (record: PipelineRecord) =>
    pipelineView(
      record,
      registry.nameOf(record.strategyId),
      pipelines.progress(record.pipelineId),
    ) as unknown as Pipeline;
  strategyRoutes(router, manage);
  router.route(contract.listDeployments, async ({ query }) => {
    const { status, strategy_id: strategyId } = query;
    const wanted = {
      ...(status === undefined ? {} : { status }),
      ...(strategyId === undefined ? {} : { strategyId }),
    };
    const page = pageOfChosen(query, {
      all: pipelines.list({}),
      shown: pipelines.list(wanted),
      nameOf: ({ pipelineId }) => pipelineId,
    });
    if (!page.ok) return page;
    const read = await pipelines.read(page.value.items);
    if (!read.ok) return read;
    const items = read.value.map(shown);
    return ok({ deployments: items, count: items.length, next_cursor: page.value.nextCursor });
  });
  router.route(
    contract.getDeployment,
    async ({ params: { pipeline_id: id } }) => {
      const head = pipelines.get(id);
      const read = await pipelines.read(head === null ? [] : [head]);
      if (!read.ok) return read;
      const [record] = read.value;
      return record === undefined ? failed(unknownPipeline(id)) : ok(shown(record));
    },
    unknown,
  );
  router.route(
    contract.listLogs,
    async ({ params, query }) => {
      const position = readPosition(query);
      if (!position.ok) return position;
      const stage = query.stage === undefined ? {} : { stage: query.stage };
      const { lines, next } = await pipelines.lines(params.pipeline_id, { ...position.value, ...stage });
      const logs = lines.map(({ timestamp, stage: where, level, message }) => {
        return { timestamp: new Date(timestamp / 1000).toISOString(), stage: where, level, message };
      }) as LogLines["logs"];
      return ok({ logs, count: logs.length, next_cursor: positionCursor(next) });
    },
    unknown,
  );
  decisionRoutes(router, manage, unknown);
}

function strategyRoutes(router: Router, { pipelines, registry }: Manage): void {
  const unknown = ({ strategy_id: id }: { readonly strategy_id: string }): Failure | null =>
    registry.get(id) === null ? unknownStrategy(id) : null;
  router.route(
    deployStrategy,
    async ({ params: { strategy_id: id }, body, head }) => {
      const { deployment_type: named, approval_required: approval, rollback_on_failure: rollback } = body;
      const { soak_minutes: soak } = body;
      const type = named === "blue-green" ? "blue_green" : named;
      const wanted = {
        type,
        ...(approval === undefined ? {} : { approvalRequired: approval }),
        ...(rollback === undefined ? {} : { rollbackOnFailure: rollback }),
        ...(soak === undefined ? {} : { soakMs: Math.round(soak * MINUTE_MS) }),
      };
      const begun = await pipelines.deploy(id, wanted, head.caller.id);
      if (!begun.ok) return begun;
      const { pipelineId, stages } = begun.value;
      const ids = { pipeline_id: pipelineId, strategy_id: id, deployment_type: type, stages };
      return ok({ status: "deployment_started" as const, ...ids });
    },
    unknown,
  );
  router.route(
    rollbackStrategy,
    async ({ params: { strategy_id: id }, body, head }) => {
      const { to_version: to, from_version: from } = body;
      const done = await pipelines.rollback(id, { to, from }, head.caller.id);
      if (!done.ok) return done;
      const { from: left, to: inForce, durationMs } = done.value;
      const versions = { from_version: left, to_version: inForce, duration_ms: durationMs };
      return ok({ status: "rolled_back" as const, strategy_id: id, ...versions });
    },
    unknown,
  );
}

type Unknown = (params: { readonly pipeline_id: string }) => Failure | null;

function decisionRoutes(router: Router, { pipelines }: Manage, unknown: Unknown): void {
  const decide = async (id: string, approved: boolean, body: Said, head: RequestHead): Promise<Result<null, Failure>> =>
    pipelines.decide(id, approved, decisionOf(body), head.caller.id);
  router.route(
    contract.approveDeployment,
    async ({ params: { pipeline_id: id }, body, head }) => {
      const done = await decide(id, true, body, head);
      return done.ok ? ok({ status: "approved" as const, pipeline_id: id }) : done;
    },
    unknown,
  );
  router.route(
    contract.rejectDeployment,
    async ({ params: { pipeline_id: id }, body, head }) => {
      const done = await decide(id, false, body, head);
      return done.ok ? ok({ status: "rejected" as const, pipeline_id: id }) : done;
    },
    unknown,
  );
  router.route(
    contract.cancelDeployment,
    async ({ params: { pipeline_id: id }, body, head }) => {
      const done = await pipelines.cancel(id, decisionOf(body), head.caller.id);
      return done.ok ? ok({ status: "cancelled" as const, pipeline_id: id }) : done;
    },
    unknown,
  );
  router.route(
    contract.retryDeployment,
    async ({ params: { pipeline_id: id }, body, head }) => {
      const begun = await pipelines.retry(id, decisionOf(body), head.caller.id);
      if (!begun.ok) return begun;
      const { pipelineId, strategyId, deploymentType, currentStage, stages } = begun.value;
      const about = { strategy_id: strategyId, deployment_type: deploymentType, current_stage: currentStage };
      const ids = { status: "deployment_retried" as const, pipeline_id: pipelineId, retry_of: id };
      return ok({ ...ids, ...about, stages: stages as AnswerOf<typeof contract.retryDeployment>["stages"] });
    },
    unknown,
  );
}

interface Said {
  readonly approver?: string;
  readonly comment?: string;
}
function decisionOf({ approver, comment }: Said): Said {
  return { ...(approver === undefined ? {} : { approver }), ...(comment === undefined ? {} : { comment }) };
}
