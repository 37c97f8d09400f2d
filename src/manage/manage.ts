// The door of the management plane: strategies, their instances in the core, and what is tracked of them. Opened in two
// steps around the data plane: `load` reads the store, `join` brings a stream that was just opened to what the registry
// says, before it takes its first tick.
import { announce, type Bus, TOPICS } from "../bus/bus.ts";
import type { Failure } from "../domain/failure.ts";
import type { Result } from "../domain/result.ts";
import type { Store } from "../store/store.ts";
import type { JsonObject } from "../store/strategies.ts";
import type { Log } from "../telemetry/log.ts";
import { type CompiledStrategy, StrategyCompiler } from "../sandbox/sandbox.ts";
import { compiledOf } from "./source.ts";
import { Backtests, type BacktestsOptions, framesFrom } from "./backtests/backtests.ts";
import type { OnResearch } from "./progress.ts";
import { Desk, toldByExecution } from "./desk.ts";
import { Executions } from "./executions/executions.ts";
import { Sweeps } from "./sweeps/sweeps.ts";
import { Alerts, Audit } from "./oversight/oversight.ts";
import { Performance } from "./performance/performance.ts";
import { type ConfigDefaults, Flags, InstrumentSettings, RuntimeConfig } from "./settings/settings.ts";
import { type PipelineSettings, Pipelines } from "./pipeline/pipeline.ts";
import { Activation, Registry, type CorePlane, type Strategy } from "./registry/registry.ts";

export { lifecycleState, STATUSES, type LifecycleState, type Status } from "./lifecycle.ts";
export { alertView, ChainWalk, type Alert, type AuditEntry, type ChainReport } from "./oversight/oversight.ts";
export type { Component, ConfigDefaults, Flag } from "./settings/settings.ts";
export type { TrackedMetrics, TrackedResult } from "./performance/performance.ts";
export {
  builtinDetails,
  unknownStrategy,
  type Registry,
  type Strategy,
  type VersionHead,
} from "./registry/registry.ts";

export {
  type Counters,
  DEPLOYMENT_TYPES,
  FAILING,
  pipelineView,
  type PipelineSettings,
  STAGE_NAMES,
} from "./pipeline/pipeline.ts";
export type { Asked, Backtest } from "./backtests/backtests.ts";
export type { SweepRecord } from "./sweeps/sweeps.ts";
export { minutesBetween, tradeView } from "./desk.ts";
export type { Execution, ExecutionEvent, Executions, LivePlane } from "./executions/executions.ts";

export interface ManageOptions {
  readonly store: Store;
  readonly bus: Bus;
  /** Wall clock, integer microseconds. */
  readonly now: () => number;
  readonly log: Log;
  /** Settings of the process, in force until they are set at run time. */
  readonly configDefaults: ConfigDefaults;
  /** What runs over history need; without it there is no recorded history, and a run may last five minutes. */
  readonly runs?: RunSettings;
  /** How deployments go; without it as the defaults of the configuration say. */
  readonly pipeline?: PipelineSettings;
  /** Whether executions that ran when the engine ended go on; without it they do not. */
  readonly autoResume?: boolean;
}

export interface RunSettings {
  readonly dataDir: string | null;
  readonly timeoutMs: number;
  readonly engineVersion: string;
}
/** Most memory of one strategy, and the time that its compilation may take on a busy machine. */
const STRATEGY_BYTES = 16 * 1024 * 1024;
const COMPILE_MS = 60_000;
const NO_HISTORY: RunSettings = { dataDir: null, timeoutMs: 300_000, engineVersion: "" };

export class Manage {
  readonly registry: Registry;
  readonly performance: Performance;
  readonly audit: Audit;
  readonly alerts: Alerts;
  readonly config: RuntimeConfig;
  readonly flags: Flags;
  readonly instruments: InstrumentSettings;
  readonly backtests: Backtests;
  readonly sweeps: Sweeps;
  readonly pipelines: Pipelines;
  readonly executions: Executions;
  readonly desk: Desk;
  readonly compiler: StrategyCompiler;
  private readonly options: ManageOptions;
  private readonly activation: Activation;
  private researchHeard: OnResearch = () => undefined;
  /** Parameters with which a version was offered to the execution of its strategy, until it is deployed. */
  private readonly offered = new Map<string, JsonObject>();
  private plane: CorePlane | null = null;
  private loaded: Promise<void> | null = null;

  constructor(options: ManageOptions) {
    const { store, now, log } = options;
    this.options = options;
    this.activation = new Activation({
      plane: () => this.plane,
      strategy: (strategyId) => this.registry.get(strategyId),
      onFault: (strategyId, error) => this.tellError(strategyId, error),
      log,
    });
    this.audit = new Audit(store, now, log);
    this.registry = new Registry({
      store,
      now,
      audit: this.audit,
      activation: this.activation,
      onMove: (strategyId, move) => {
        this.pipelines.noticed(strategyId, move);
        if (move === "rollout_done" || move === null) this.delivered(strategyId);
      },
      onChanged: (before, after) => this.executions.changed(before, after),
      activeExecutions: (strategyId) => this.executions.running(strategyId),
      onError: (strategy) => {
        if (toldByExecution(this.executions, strategy)) return;
        this.tellError(strategy.strategyId, strategy.lastError ?? "no reason was given");
      },
    });
    this.performance = new Performance(options);
    this.alerts = new Alerts(options);
    this.config = new RuntimeConfig({ ...options, audit: this.audit, defaults: options.configDefaults });
    this.flags = new Flags(store, this.audit, now);
    const onResearch: OnResearch = (update) => this.researchHeard(update);
    const onTested: BacktestsOptions["onTested"] = (kind, ms) => this.pipelines.counters.tested(kind, ms);
    this.backtests = new Backtests({
      store,
      now,
      log,
      onResearch,
      onTested,
      frames: framesFrom(options.bus),
      ...(options.runs ?? NO_HISTORY),
    });
    this.sweeps = new Sweeps({ store, now, log, onResearch, backtests: this.backtests });
    this.compiler = new StrategyCompiler({ memoryBytes: STRATEGY_BYTES, timeoutMs: COMPILE_MS });
    this.pipelines = this.openPipelines();
    this.executions = this.openExecutions();
    this.pipelines.deliverBy({
      begin: (strategyId, _, version, program) => {
        const parameters = this.registry.get(strategyId)?.parameters ?? {};
        this.offered.set(strategyId, parameters);
        return this.executions.offer(strategyId, { version, program, parameters });
      },
    });
    const { executions, registry, audit, alerts } = this;
    this.desk = new Desk({ ...options, executions, registry, audit, alerts });
    this.instruments = new InstrumentSettings({ store, audit: this.audit, now });
  }

  /** Why changes cannot be stored; null while they can. */
  get storeTrouble(): string | null {
    return this.options.store.status().trouble;
  }

  /** Once; later calls wait for the first. */
  load(): Promise<void> {
    const rooms = [
      this.registry,
      this.performance,
      this.audit,
      this.alerts,
      this.config,
      this.flags,
      this.instruments,
      this.backtests,
      this.sweeps,
      this.executions,
    ];
    // A pipeline that was under way moves its strategy.
    return (this.loaded ??= Promise.all(rooms.map((room) => room.load())).then(() => this.pipelines.load()));
  }

  private openPipelines(): Pipelines {
    const { registry, audit, alerts, backtests, compiler, options } = this;
    const { store, bus, now, log, pipeline } = options;
    const settings = pipeline === undefined ? {} : { settings: pipeline };
    return new Pipelines({ store, bus, now, log, registry, audit, alerts, backtests, compiler, ...settings });
  }

  /** Parameters that were changed while their version was rolled out are its own from now on. */
  private delivered(strategyId: string): void {
    const [strategy, parameters] = [this.registry.get(strategyId), this.offered.get(strategyId)];
    this.offered.delete(strategyId);
    if (strategy !== null && parameters !== undefined && parameters !== strategy.parameters)
      this.executions.changed({ ...strategy, parameters }, strategy);
  }

  /** Who hears of backtests and sweeps on their way. */
  onResearch(listener: OnResearch): void {
    this.researchHeard = listener;
  }

  private openExecutions(): Executions {
    const { registry, compiler, options } = this;
    const { store, now, log, autoResume = false } = options;
    return new Executions({
      store,
      now,
      log,
      autoResume,
      strategy: (strategyId) => registry.get(strategyId),
      compiled: (strategy) => {
        const version = strategy.deployedVersion ?? strategy.version;
        return compiledOf({ ...strategy, version }, registry, compiler);
      },
    });
  }

  /** What runs of a strategy; null: it is one of the engine's own. */
  compiled(strategy: Strategy): Promise<Result<CompiledStrategy | null, Failure>> {
    return compiledOf(strategy, this.registry, this.compiler);
  }

  /** The strategy of an instance's mark. */
  readonly ownerName = (mark: number): string | null => this.activation.ownerName(mark);

  /** The stream in which strategies speak from now on. */
  async join(plane: CorePlane): Promise<void> {
    await this.activation.reconcile(plane, [...this.registry.all()]);
    this.plane = plane;
    // What was changed while the stream before was closing is tried again by itself.
  }

  async remove(strategyId: string, force: boolean, actor: string): Promise<Result<null, Failure>> {
    if (force) await this.executions.stop(strategyId, "deleted");
    const removed = await this.registry.remove(strategyId, force, actor);
    if (removed.ok) this.performance.forget(strategyId);
    return removed;
  }

  /** A strategy does not do what it should: an alert, and the topic of the bus. */
  private tellError(strategyId: string, error: string): void {
    const timestamp = new Date(this.options.now() / 1000).toISOString();
    announce(this.options.bus, TOPICS.error, { strategy_id: strategyId, execution_id: null, error, timestamp });
    this.alerts.raise({ level: "critical", type: "system", strategyId, message: `strategy ${strategyId}: ${error}` });
  }

  async close(): Promise<void> {
    this.activation.close();
    this.config.close();
    this.instruments.close();
    await this.pipelines.close();
    await this.executions.close();
    this.compiler.close();
    const runs = this.sweeps.close();
    await Promise.all([this.alerts.close(), this.audit.close(), this.backtests.close(), runs]);
    await this.performance.close();
  }
}
