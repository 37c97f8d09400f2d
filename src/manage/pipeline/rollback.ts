// Back to a version that was deployed before. The execution that runs is given to it first, between two events: what cannot
// take over is told, and nothing has changed. Then the registry's word for it changes in one transaction; whatever keeps
// that from being done, the version before has the execution again. So what this process tells as deployed and what trades
// are the same at every end. A store that could not confirm the change (`storage_unavailable`) may have taken it all the
// same: then the next start of the engine reads, and trades, the version that was asked for.
// Whoever asks means the version that was in force when the request came, named or not (docs/adr/0078).
// A paused strategy stays paused, and its execution: the version is in force and trades from `resume` on.
import type { Failure } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import type { StrategyCompiler } from "../../sandbox/sandbox.ts";
import { moved, type Status } from "../lifecycle.ts";
import { Queues } from "../queues.ts";
import { isAbove, outrun, type Registry, statusBelow, type Strategy, unknownStrategy } from "../registry/registry.ts";
import type { Delivery, DeliveryRun } from "./delivery.ts";

export interface RolledBack {
  readonly from: string;
  readonly to: string;
  readonly durationMs: number;
}
export interface RollbackOrder {
  /** Without it the one that was deployed before. */
  readonly to?: string | undefined;
  /** The version that is to go; without it the one that is in force. */
  readonly from?: string | undefined;
}
export interface RollbackOptions {
  readonly registry: Registry;
  readonly compiler: StrategyCompiler;
  readonly delivery: Delivery | null;
}

/**
 * One at a time for each strategy: two that were under way at once would take the execution from each other, and the one
 * that is refused would leave a version trading that nobody tells.
 */
export class Rollbacks {
  private readonly queues = new Queues();

  run(options: RollbackOptions, strategyId: string, order: RollbackOrder, actor: string): ReturnType<typeof rollBack> {
    const from = order.from ?? options.registry.get(strategyId)?.deployedVersion ?? undefined;
    return this.queues.run(strategyId, () => rollBack(options, strategyId, { ...order, from }, actor));
  }
}

export async function rollBack(
  { registry, compiler, delivery }: RollbackOptions,
  strategyId: string,
  order: RollbackOrder,
  actor: string,
): Promise<Result<RolledBack, Failure>> {
  const begun = performance.now();
  const strategy = registry.get(strategyId);
  if (strategy === null) return failed(unknownStrategy(strategyId));
  if (order.from !== undefined && order.from !== strategy.deployedVersion) return failed(outrun(strategy, order.from));
  const to = targetOf(registry, strategy, order.to);
  if (!to.ok) return to;
  const legal = legalFor(strategy);
  if (!legal.ok) return legal;
  const run = await taking({ registry, compiler, delivery }, strategy, to.value);
  if (!run.ok) return run;
  try {
    const still = unchanged(registry, strategy);
    if (!still.ok) return still;
    const switched = await run.value?.promote();
    if (typeof switched?.fault === "string") return failed(staying(strategy, to.value, switched.fault));
    const stored = await told(registry, strategy, to.value, run.value, actor);
    if (!stored.ok) return stored;
  } finally {
    run.value?.end();
  }
  const from = strategy.deployedVersion ?? "";
  return ok({ from, to: to.value, durationMs: Math.round((performance.now() - begun) * 100) / 100 });
}

/** The registry's word; without it, what traded before trades. */
async function told(
  registry: Registry,
  { strategyId, kind, deployedVersion: instead }: Strategy,
  to: string,
  run: DeliveryRun | null,
  actor: string,
): Promise<Result<Strategy, Failure>> {
  try {
    const found = kind === "builtin" ? await registry.version(strategyId, to) : null;
    const restored = found === null ? {} : { restored: found };
    return await registry.move(strategyId, "rollback", { actor, instead, deployed: to, ...restored, underPause: true });
  } finally {
    // Refused or broken off; where a fault came behind the change, the change is in force.
    if (registry.get(strategyId)?.deployedVersion !== to) await run?.revert("the rollback was not stored");
  }
}

/** A pause is looked below: it may stand over a state that can be rolled back. */
function legalFor(strategy: Strategy): Result<Status, Failure> {
  const { strategyId, status } = strategy;
  const below = moved(strategyId, statusBelow(strategy), "rollback");
  return below.ok ? below : moved(strategyId, status, "rollback");
}

/** Compiling takes seconds, in which others may have moved it. */
function unchanged(registry: Registry, { strategyId, deployedVersion }: Strategy): Result<null, Failure> {
  const now = registry.get(strategyId);
  if (now === null) return failed(unknownStrategy(strategyId));
  const legal = legalFor(now);
  if (!legal.ok) return legal;
  return now.deployedVersion === deployedVersion ? ok(null) : failed(outrun(now, deployedVersion));
}

/** Where a rollback that names no version leads; null: nowhere. */
export function versionBefore(registry: Registry, strategy: Strategy): string | null {
  const { deployedVersion } = strategy;
  if (deployedVersion === null) return null;
  return othersOf(registry, strategy).find((version) => isAbove(deployedVersion, version)) ?? null;
}

/** Those that were in force and are not, the last one first. */
function othersOf(registry: Registry, { strategyId, deployedVersion }: Strategy): readonly string[] {
  return registry
    .versionsOf(strategyId)
    .filter(({ version, deployedAt }) => deployedAt !== null && version !== deployedVersion)
    .toSorted((a, b) => (b.deployedAt ?? 0) - (a.deployedAt ?? 0))
    .map(({ version }) => version);
}

/** Without a name only what is earlier than the version in force: nothing comes back that a rollback took away. */
function targetOf(registry: Registry, strategy: Strategy, wanted: string | undefined): Result<string, Failure> {
  const { strategyId, deployedVersion, status } = strategy;
  if (wanted !== undefined && !registry.versionsOf(strategyId).some(({ version }) => version === wanted))
    return failed({ code: "not_found", kind: "version", id: wanted });
  const others = othersOf(registry, strategy);
  const target =
    wanted === undefined ? versionBefore(registry, strategy) : others.find((version) => version === wanted);
  if (typeof target === "string" && deployedVersion !== null) return ok(target);
  const [state, needed] = wanted === undefined ? nothingBefore(strategy, others) : notThere(strategy, wanted);
  return failed({
    code: "invalid_state",
    kind: "strategy",
    id: strategyId,
    state: `${status} ${state}`,
    wanted: "a rollback",
    allowed: [needed],
    legal: ["deploy"],
  });
}

type Lack = readonly [state: string, needed: string];

function nothingBefore({ deployedVersion }: Strategy, [later]: readonly string[]): Lack {
  const left =
    later === undefined ? "" : ` (it is on ${deployedVersion}; ${later} is later, and only to_version names it)`;
  return [`without an earlier version that was deployed${left}`, "deployed at least twice, by different versions"];
}

function notThere({ deployedVersion }: Strategy, wanted: string): Lack {
  if (wanted === deployedVersion) return [`on ${wanted} already`, "on another version"];
  return [`and never was on ${wanted}`, "deployed by that version first"];
}

/** How it comes to the execution that runs; null: none does, or it is one of the engine's own, whose instances follow. */
async function taking(
  { registry, compiler, delivery }: RollbackOptions,
  strategy: Strategy,
  to: string,
): Promise<Result<DeliveryRun | null, Failure>> {
  const { strategyId, language, kind } = strategy;
  // Where nothing runs, what does not compile is in nobody's way: a start says so.
  if (kind !== "code" || delivery?.runs(strategyId) !== true) return ok(null);
  const found = await registry.version(strategyId, to);
  if (found === null) return ok(null);
  const compiled = await compiler.compile(found.code, found.language ?? language ?? "python");
  if (!compiled.ok) return failed(staying(strategy, to, compiled.failure[0]?.message ?? "its code does not compile"));
  const run = await delivery.begin(strategyId, "instead", to, compiled.value);
  return run.ok ? run : failed(staying(strategy, to, run.failure));
}

/** What was in force is in force, and trades on where it traded. */
function staying({ strategyId, deployedVersion }: Strategy, to: string, why: string): Failure {
  const issue = `${strategyId} stays on version ${deployedVersion ?? ""}: ${to} cannot take over: ${why}`;
  return { code: "conflict", issue };
}
