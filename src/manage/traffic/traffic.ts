// How the versions of a strategy share the symbols of its execution: weights, kept in the store, in force at once. Only
// versions that were deployed take part, so nothing trades that has not passed its stages. Weights belong to the version
// that was deployed when they were set: with the next deployment or rollback that one has all symbols. While a pipeline
// is under way they cannot be set, and while a version is rolled out sharing is suspended.
import { type Failure, invalid } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import type { CompiledStrategy } from "../../sandbox/sandbox.ts";
import { trafficTable } from "../../store/pipelines.ts";
import type { Store } from "../../store/store.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Executions, Shares } from "../executions/executions.ts";
import type { Audit } from "../oversight/oversight.ts";
import { Queues } from "../queues.ts";
import { type Registry, type Strategy, unknownStrategy } from "../registry/registry.ts";

export type Weights = Readonly<Record<string, number>>;

export interface TrafficOptions {
  readonly store: Store;
  /** Wall clock, integer microseconds. */
  readonly now: () => number;
  readonly log: Log;
  readonly audit: Audit;
  readonly registry: Registry;
  readonly balance: Executions["balance"];
  /** A pipeline of the strategy is under way. */
  readonly deploying: (strategyId: string) => boolean;
  readonly compiled: (strategy: Strategy) => Promise<Result<CompiledStrategy | null, Failure>>;
}

interface Kept {
  readonly weights: Weights;
  readonly updatedAt: number;
}

/** Each of them runs at every event. */
const VERSIONS_MAX = 8;

export class Traffic {
  private readonly options: TrafficOptions;
  private readonly kept = new Map<string, Kept>();
  private readonly queues = new Queues();

  constructor(options: TrafficOptions) {
    this.options = options;
  }

  async load(): Promise<void> {
    for (const { strategyId, weights, updatedAt } of await trafficTable.load(this.options.store))
      this.kept.set(strategyId, { weights, updatedAt });
  }

  /** In force; null: there is no such strategy. A version that was never deployed has nothing. */
  get(strategyId: string): Weights | null {
    const strategy = this.options.registry.get(strategyId);
    if (strategy === null) return null;
    const { deployedVersion, version } = strategy;
    return this.shared(strategy) ?? { [deployedVersion ?? version]: deployedVersion === null ? 0 : 1 };
  }

  put(strategyId: string, weights: Weights, actor: string): Promise<Result<Weights, Failure>> {
    return this.queues.run(strategyId, async () => {
      const { audit, now } = this.options;
      const fault = this.fault(strategyId, weights);
      if (fault !== null) return failed(fault);
      const [from, before] = [this.get(strategyId), this.kept.get(strategyId)];
      const row = { strategyId, weights, updatedAt: now() };
      this.kept.set(strategyId, row);
      const balanced = await this.options.balance(strategyId);
      if (!balanced.ok) {
        await this.back(strategyId, before, false);
        return failed({ code: "conflict", issue: `these versions cannot run together: ${balanced.failure}` });
      }
      const to = { weights, from_sequence: balanced.value };
      const change = { actor, action: "traffic.put", target: strategyId, from: { weights: from }, to };
      const stored = await audit.record(change, [trafficTable.put(row)]);
      if (stored.ok) return ok(weights);
      await this.back(strategyId, before, true);
      return stored;
    });
  }

  /** With what runs of them; null: the deployed version has all symbols. */
  async shares(strategy: Strategy): Promise<Shares | null> {
    const weights = this.shared(strategy);
    if (weights === null || strategy.kind === "builtin") return null;
    const { deployedVersion, parameters, strategyId } = strategy;
    const others = [];
    for (const [version, weight] of Object.entries(weights)) {
      if (weight === 0 || version === deployedVersion) continue;
      const program = await this.options.compiled({ ...strategy, version, deployedVersion: version });
      if (program.ok && program.value !== null) others.push({ version, program: program.value, parameters });
      else this.options.log.error("a version cannot share symbols", { strategy_id: strategyId, version });
    }
    return others.length === 0 ? null : { weights, others };
  }

  private async back(strategyId: string, before: Kept | undefined, running: boolean): Promise<void> {
    if (before === undefined) this.kept.delete(strategyId);
    else this.kept.set(strategyId, before);
    if (running) await this.options.balance(strategyId);
  }

  /** Null: nothing was set since the version was deployed. */
  private shared({ strategyId, deployedVersion }: Strategy): Weights | null {
    const kept = this.kept.get(strategyId);
    if (kept === undefined || deployedVersion === null) return null;
    const heads = this.options.registry.versionsOf(strategyId);
    const deployedAt = heads.find(({ version }) => version === deployedVersion)?.deployedAt ?? 0;
    return kept.updatedAt > deployedAt ? kept.weights : null;
  }

  private fault(strategyId: string, weights: Weights): Failure | null {
    const { registry, deploying } = this.options;
    const strategy = registry.get(strategyId);
    if (strategy === null) return unknownStrategy(strategyId);
    const heads = new Map(registry.versionsOf(strategyId).map((head) => [head.version, head]));
    const named = Object.entries(weights);
    const unknown = named.find(([version]) => !heads.has(version));
    if (unknown !== undefined)
      return invalid(`versions.${unknown[0]}`, "must be a version of this strategy; /versions lists them");
    if (!named.some(([, weight]) => weight > 0))
      return invalid("versions", "must give at least one version a weight above 0");
    const used = named.filter(([, weight]) => weight > 0).map(([version]) => version);
    if (used.length > VERSIONS_MAX)
      return invalid("versions", `must give a weight to at most ${VERSIONS_MAX} versions, found ${used.length}`);
    if (!Number.isFinite(named.reduce((sum, [, weight]) => sum + weight, 0)))
      return invalid("versions", "must have weights whose sum is a finite number");
    if (deploying(strategyId))
      return conflict("a deployment of this strategy is under way; set the weights when it is done");
    const never = used.find((version) => (heads.get(version)?.deployedAt ?? null) === null);
    if (never !== undefined || strategy.deployedVersion === null)
      return conflict(
        `version ${never ?? strategy.version} was never deployed; POST /strategies/{id}/deploy puts it to the test`,
      );
    if (strategy.kind === "builtin" && used.some((version) => version !== strategy.deployedVersion))
      return conflict(
        `a built-in strategy runs as one version, ${strategy.deployedVersion}; give that one all the weight`,
      );
    return null;
  }
}

function conflict(issue: string): Failure {
  return { code: "conflict", issue };
}
