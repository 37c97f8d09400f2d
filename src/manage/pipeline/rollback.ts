// Back to a version that was deployed before: the registry's word for it changes in one transaction, running executions
// follow by one control event.
import type { Failure } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import type { StrategyCompiler } from "../../sandbox/sandbox.ts";
import { type Registry, type Strategy, unknownStrategy } from "../registry/registry.ts";
import type { Delivery } from "./delivery.ts";

export interface RolledBack {
  readonly from: string;
  readonly to: string;
  readonly durationMs: number;
}
export interface RollbackOptions {
  readonly registry: Registry;
  readonly compiler: StrategyCompiler;
  readonly delivery: Delivery | null;
}

export async function rollBack(
  { registry, compiler, delivery }: RollbackOptions,
  strategyId: string,
  wanted: string | undefined,
  actor: string,
): Promise<Result<RolledBack, Failure>> {
  const begun = performance.now();
  const strategy = registry.get(strategyId);
  if (strategy === null) return failed(unknownStrategy(strategyId));
  const to = targetOf(registry, strategy, wanted);
  if (!to.ok) return to;
  const from = strategy.deployedVersion ?? "";
  const found = strategy.kind === "builtin" ? await registry.version(strategyId, to.value) : null;
  const restored = found === null ? {} : { restored: found };
  const moved = await registry.move(strategyId, "rollback", { actor, deployed: to.value, ...restored });
  if (!moved.ok) return moved;
  if (delivery !== null) await deliver({ registry, compiler, delivery }, strategy, from, to.value);
  return ok({ from, to: to.value, durationMs: Math.round((performance.now() - begun) * 100) / 100 });
}

function targetOf(registry: Registry, strategy: Strategy, wanted: string | undefined): Result<string, Failure> {
  const { strategyId, deployedVersion, status } = strategy;
  const versions = registry.versionsOf(strategyId);
  if (wanted !== undefined && !versions.some(({ version }) => version === wanted))
    return failed({ code: "not_found", kind: "version", id: wanted });
  const [newest] = versions
    .filter(({ version, deployedAt }) => deployedAt !== null && version !== deployedVersion)
    .filter(({ version }) => wanted === undefined || version === wanted)
    .toSorted((a, b) => (b.deployedAt ?? 0) - (a.deployedAt ?? 0));
  if (newest !== undefined && deployedVersion !== null) return ok(newest.version);
  const what = wanted === undefined ? "an earlier version that was deployed" : `${wanted}, which was never deployed,`;
  return failed({
    code: "invalid_state",
    kind: "strategy",
    id: strategyId,
    state: `${status} without ${wanted === deployedVersion ? `any other version than ${wanted ?? ""}` : what}`,
    wanted: "a rollback",
    allowed: ["deployed at least twice, by different versions"],
    legal: ["deploy"],
  });
}

async function deliver(
  { registry, compiler, delivery }: RollbackOptions,
  { strategyId, language, kind }: Strategy,
  from: string,
  to: string,
): Promise<void> {
  const found = kind === "code" ? await registry.version(strategyId, to) : null;
  if (found === null) return; // one of the engine's own: its instances follow the registry by themselves
  const compiled = await compiler.compile(found.code, found.language ?? language ?? "python");
  const begun = compiled.ok ? await delivery?.begin(strategyId, from, to, compiled.value) : null;
  // Where it cannot be opened beside the other one, the registry's change has it opened alone.
  const run = begun?.ok === true ? begun.value : null;
  await run?.promote();
  run?.end();
}
