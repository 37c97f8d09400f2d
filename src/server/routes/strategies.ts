// Strategies and their life: /strategies, /api/strategy. Both address families work on one registry.
import { failed, ok } from "../../domain/result.ts";
import {
  builtinDetails,
  lifecycleState,
  unknownStrategy,
  type Manage,
  type Strategy,
  type VersionHead,
} from "../../manage/manage.ts";
import { unusedLimits } from "../../domain/unread.ts";
import * as contract from "../contract/strategies.ts";
import { stoppedView } from "./executions.ts";
import { pageOfList } from "../list-page.ts";
import { familyOf } from "../../domain/names.ts";
import type { Failure } from "../../domain/failure.ts";
import type { Result } from "../../domain/result.ts";
import type { AnswerOf } from "../contract/endpoint.ts";
import type { RequestHead } from "../request.ts";
import type { Router } from "../router.ts";
import { underperformingView } from "./performance.ts";

export function strategyRoutes(router: Router, manage: Manage): void {
  const { registry } = manage;
  const unknown = ({ strategy_id: id }: { readonly strategy_id: string }): Failure | null =>
    registry.get(id) === null ? unknownStrategy(id) : null;
  router.route(contract.createStrategy, async ({ body, head }) => {
    const { strategy_name: name, code, version, parameters, risk_limits: riskLimits, language } = body;
    const given = { name, code, version, parameters, riskLimits, ...(language === undefined ? {} : { language }) };
    const made = await registry.create(given, head.caller.id);
    if (!made.ok) return made;
    const { strategyId, strategyName, version: created, language: told } = made.value;
    if (told !== null) manage.compiler.ahead(code, told);
    return ok({
      status: "created",
      strategy_id: strategyId,
      strategy_name: strategyName,
      version: created,
      ...unreadOf(made.value),
    });
  });
  router.route(contract.listStrategies, ({ query }) => {
    const page = registry.list(query);
    if (!page.ok) return page;
    const items = page.value.items.map((strategy) => summaryOf(strategy, manage));
    return ok({ strategies: items, count: items.length, next_cursor: page.value.nextCursor });
  });
  router.route(contract.getStrategy, ({ params }) => whole(params.strategy_id, manage), unknown);
  router.route(
    contract.updateStrategy,
    async ({ params, body, head }) => {
      const { strategy_name: name, version, code, parameters, risk_limits: riskLimits } = body;
      const change = changeOf({ name, version, code, parameters, riskLimits });
      const done = await registry.update(params.strategy_id, change, head.caller.id);
      if (!done.ok) return done;
      if (code !== undefined && done.value.language !== null) manage.compiler.ahead(code, done.value.language);
      const view = await whole(params.strategy_id, manage, done.value);
      return view.ok ? ok({ ...view.value, status: "updated" as const, ...unreadOf(done.value) }) : view;
    },
    unknown,
  );
  router.route(
    contract.deleteStrategy,
    async ({ params: { strategy_id: id }, query, head }) => {
      const removed = await manage.remove(id, query.force, head.caller.id);
      return removed.ok ? ok({ status: "deleted" as const, strategy_id: id }) : removed;
    },
    unknown,
  );
  moveRoutes(router, manage, unknown);
  versionRoutes(router, manage, unknown);
  registeredRoutes(router, manage, unknown);
}

type Unknown = (params: { readonly strategy_id: string }) => Failure | null;

function moveRoutes(router: Router, manage: Manage, unknown: Unknown): void {
  const move = (id: string, to: "pause" | "resume" | "reset", head: RequestHead) =>
    manage.registry.move(id, to, { actor: head.caller.id });
  router.route(
    contract.pauseStrategy,
    async ({ params, head }) => moved(await move(params.strategy_id, "pause", head), "paused"),
    unknown,
  );
  router.route(
    contract.resumeStrategy,
    async ({ params, head }) => moved(await move(params.strategy_id, "resume", head), "resumed"),
    unknown,
  );
  router.route(
    contract.resetStrategy,
    async ({ params, head }) => moved(await move(params.strategy_id, "reset", head), "reset"),
    unknown,
  );
  router.route(
    contract.stopStrategy,
    async ({ params: { strategy_id: id }, head }) => {
      const stopped = await manage.desk.stop(id, head.caller.id);
      return stopped.ok ? ok(stoppedView(id, stopped.value)) : stopped;
    },
    unknown,
  );
}

function versionRoutes(router: Router, { registry }: Manage, unknown: Unknown): void {
  router.route(
    contract.listVersions,
    ({ params, query }) => {
      const page = pageOfList(query, registry.versionsOf(params.strategy_id));
      if (!page.ok) return page;
      const { items, nextCursor } = page.value;
      return ok({ versions: items.map(versionHead), count: items.length, next_cursor: nextCursor });
    },
    unknown,
  );
  router.route(
    contract.getVersionOf,
    async ({ params: { strategy_id: id, version } }) => {
      const found = await registry.version(id, version);
      if (found === null) return failed({ code: "not_found", kind: "version", id: version });
      const { code, parameters, riskLimits } = found;
      return ok({ ...versionHead(found), code, parameters, risk_limits: riskLimits });
    },
    unknown,
  );
}

function registeredRoutes(router: Router, manage: Manage, unknown: Unknown): void {
  const { registry } = manage;
  router.route(contract.registerStrategy, async ({ body, head }) => {
    const { strategy_type: given, parameters, asset_types: assetTypes, strategy_name: name } = body;
    const wanted = {
      type: familyOf(given) ?? given,
      parameters,
      ...(assetTypes === undefined ? {} : { assetTypes }),
      ...(name === undefined ? {} : { name }),
    };
    const made = await registry.register(wanted, head.caller.id);
    if (!made.ok) return made;
    const { strategyId, strategyType } = made.value;
    const registered = { status: "registered" as const, strategy_id: strategyId, strategy_type: strategyType ?? given };
    return ok({ ...registered, ...builtinDetails(made.value) });
  });
  router.route(
    contract.updateRegistered,
    async ({ params: { strategy_id: id }, body, head }) => {
      const { version: asked, parameters: patch, risk_limits: riskLimits, asset_types: assetTypes } = body;
      const change = changeOf({ version: asked, parameters: patch, riskLimits, assetTypes });
      const done = await registry.update(id, { ...change, raises: true }, head.caller.id);
      if (!done.ok) return done;
      const { parameters, version } = done.value;
      return ok({ status: "updated" as const, strategy_id: id, parameters, version, ...unreadOf(done.value) });
    },
    unknown,
  );
}

/**
 * The fields that were given, by the registry's names. Each endpoint hands over those that it declares and no others:
 * what it does not declare was not checked.
 */
function changeOf(given: Fields) {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Given<Fields>;
}
interface Fields {
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  readonly code?: string | undefined;
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  readonly riskLimits?: Readonly<Record<string, unknown>> | undefined;
  readonly assetTypes?: Strategy["assetTypes"] | undefined;
}
type Given<T> = { readonly [K in keyof T]: Exclude<T[K], undefined> };

/** Names that nothing reads, to who has just set the strategy. What code declares is known once it is compiled. */
function unreadOf(strategy: Strategy) {
  const { did_you_mean: meantLimits, ...limits } = unusedLimits(strategy.riskLimits);
  const builtin = strategy.kind === "builtin" ? builtinDetails(strategy) : null;
  const unused = builtin?.unused_parameters ?? [];
  const meant = { ...builtin?.did_you_mean, ...meantLimits };
  return {
    ...limits,
    ...(unused.length === 0 ? {} : { unused_parameters: unused }),
    ...(Object.keys(meant).length === 0 ? {} : { did_you_mean: meant }),
  };
}

function moved<const S extends string>(done: Result<Strategy, Failure>, status: S) {
  if (!done.ok) return done;
  return ok({ status, strategy_id: done.value.strategyId, strategy_status: done.value.status });
}

/** With the code of its version; `strategy` where the caller holds one that may be older than the newest. */
async function whole(
  id: string,
  manage: Manage,
  strategy: Strategy | null = manage.registry.get(id),
): Promise<Result<AnswerOf<typeof contract.getStrategy>, Failure>> {
  const version = strategy === null ? null : await manage.registry.version(id, strategy.version);
  if (strategy === null || version === null) return failed(unknownStrategy(id));
  const rollbackTo = manage.pipelines.rollbackTo(strategy);
  return ok({ ...summaryOf(strategy, manage), rollback_to: rollbackTo, code: version.code });
}

function summaryOf(strategy: Strategy, { registry, performance }: Manage) {
  const active = registry.activeExecutions(strategy.strategyId);
  return {
    strategy_id: strategy.strategyId,
    strategy_name: strategy.strategyName,
    version: strategy.version,
    parameters: strategy.parameters,
    risk_limits: strategy.riskLimits,
    status: strategy.status,
    created_at: iso(strategy.createdAt),
    updated_at: iso(strategy.updatedAt),
    code_hash: strategy.codeHash,
    lifecycle_state: lifecycleState(strategy.status, active),
    active_executions: active,
    deployed_version: strategy.deployedVersion,
    strategy_type: familyOf(strategy.strategyType ?? ""),
    asset_types: strategy.assetTypes,
    kind: strategy.kind,
    language: strategy.language,
    last_error: registry.lastError(strategy.strategyId),
    underperforming: underperformingView(performance.underperforming(strategy.strategyId)),
    ...(strategy.kind === "builtin" ? builtinDetails(strategy) : {}),
  };
}

function versionHead({ version, codeHash, createdAt, deployedAt }: VersionHead) {
  return {
    version,
    code_hash: codeHash,
    created_at: iso(createdAt),
    deployed_at: deployedAt === null ? null : iso(deployedAt),
  };
}

/** From integer microseconds. */
function iso(timeUs: number): string {
  return new Date(timeUs / 1000).toISOString();
}
