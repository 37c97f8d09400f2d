// The door of the management plane: strategies, their instances in the core, and what is tracked of them. Opened in two
// steps around the data plane: `load` reads the store, `join` brings a stream that was just opened to what the registry
// says, before it takes its first tick.
import type { Failure } from "../domain/failure.ts";
import type { Result } from "../domain/result.ts";
import type { JsonObject } from "../store/strategies.ts";
import { type AdaptationSettings, readAdaptation } from "../learning/adaptation-settings.ts";
import { Budget, type CompiledStrategy, type Limits, type StrategyCompiler } from "../sandbox/sandbox.ts";
import { BudgetWatch } from "./budget-watch.ts";
import { openCompiler } from "./compiling.ts";
import { compiledOf } from "./source.ts";
import { Backtests, type BacktestsOptions, framesFrom } from "./backtests/backtests.ts";
import type { OnResearch } from "./progress.ts";
import { Desk, toldByExecution } from "./desk.ts";
import { Executions, tradesFree } from "./executions/executions.ts";
import { Experiments } from "./experiments/experiments.ts";
import { canaryCarrier } from "./candidate.ts";
import { CANARY, Learning } from "./learning/learning.ts";
import { Allocator } from "./orders/orders.ts";
import type { ManageOptions, RunSettings } from "./options.ts";
import { Risk } from "./risk/risk.ts";
import { RiskDesk } from "./risk-desk.ts";
import { Sweeps } from "./sweeps/sweeps.ts";
import { Alerts, Audit } from "./oversight/oversight.ts";
import { Performance, type PerformanceOptions } from "./performance/performance.ts";
import { Flags, InstrumentSettings, RuntimeConfig } from "./settings/settings.ts";
import { Pipelines, type Way } from "./pipeline/pipeline.ts";
import { Traffic } from "./traffic/traffic.ts";
import { VenueDesk } from "./venue/venue.ts";
import { Activation, Registry, type CorePlane, type Strategy } from "./registry/registry.ts";

export { lifecycleState, STATUSES, type LifecycleState, type Status } from "./lifecycle.ts";
export { type WebhookSettings, webhooksOf } from "./oversight/oversight.ts";
export { ChainWalk, type Alert, type AuditEntry, type ChainReport } from "./oversight/oversight.ts";
export type { Component, ConfigDefaults, Flag } from "./settings/settings.ts";
export type { TrackedMetrics, TrackedResult, Underperforming } from "./performance/performance.ts";
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
  unknownPipeline,
} from "./pipeline/pipeline.ts";
export { limitView } from "./risk/risk.ts";
export { type Asked, type Backtest, workOff } from "./backtests/backtests.ts";
export type { SweepRecord } from "./sweeps/sweeps.ts";
export { subjectNames } from "./progress.ts";
export { minutesBetween, tradeView } from "./desk.ts";
export { type LiveVenue, openVenue, type VenueState } from "./venue/venue.ts";
export { type Experiment, experimentView } from "./experiments/experiments.ts";
export { stateOf as orderState, orderView, positionView } from "./order-views.ts";
export { type Balances, type NetPosition, netted, portfolioOf, positionsOf } from "./orders/orders.ts";
export type { Execution, ExecutionEvent, Executions, LivePlane } from "./executions/executions.ts";
export type { ChangeRecord, FollowedPlane, Insights, Learning, LearningSettings } from "./learning/learning.ts";
export type { ModelRecord, PairView, ProposalRecord } from "./learning/learning.ts";
export type { ManageOptions, RunSettings, SandboxSettings } from "./options.ts";

const LIMITS: Limits = { memoryBytes: 2 * 1024 ** 3, cpuCores: 1 };
/** The engine has begun and has had time to settle. */
const WARM_AFTER_MS = 3_000;
/** Of an equity curve, for the division of capital. */
const CURVE_POINTS = 512;
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
  readonly risk: Risk;
  readonly desk: Desk;
  readonly venue: VenueDesk;
  readonly experiments: Experiments;
  readonly traffic: Traffic;
  readonly learning: Learning;
  readonly compiler: StrategyCompiler;
  /** Over all users' code. */
  readonly budget: Budget;
  private readonly watch: BudgetWatch;
  private readonly options: ManageOptions;
  private readonly allocator = new Allocator();
  private readonly activation: Activation;
  private researchHeard: OnResearch = () => undefined;
  /** Parameters with which a version was offered to the execution of its strategy, until it is deployed. */
  private readonly offered = new Map<string, JsonObject>();
  private plane: CorePlane | null = null;
  private loaded: Promise<void> | null = null;

  constructor(options: ManageOptions) {
    const { store, now, log } = options;
    this.options = options;
    this.budget = new Budget(options.sandbox?.limits ?? LIMITS);
    this.activation = new Activation({
      plane: () => this.plane,
      strategy: (strategyId) => this.registry.get(strategyId),
      onFault: (strategyId, error) => this.desk.faulty(strategyId, error),
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
        if (move === "rollout_done" || move === "rollback" || move === null) this.delivered(strategyId);
      },
      activeExecutions: (strategyId) => this.executions.running(strategyId),
      onError: (strategy) => {
        if (toldByExecution(this.executions, strategy)) return;
        this.desk.faulty(strategy.strategyId, strategy.lastError ?? "no reason was given");
      },
    });
    this.registry.listen((before, after) => {
      if (before === null) return;
      this.executions.changed(before, after);
      this.experiments.changed(before.strategyId);
    });
    this.alerts = new Alerts({ ...options, audit: this.audit, nameOf: (id) => this.registry.nameOf(id) });
    this.watch = new BudgetWatch(this.budget, this.alerts, log);
    this.config = new RuntimeConfig({ ...options, audit: this.audit, defaults: options.configDefaults });
    this.performance = this.openPerformance();
    this.flags = new Flags(store, this.audit, now);
    const onResearch: OnResearch = (update) => this.researchHeard(update);
    this.backtests = this.openBacktests(onResearch);
    this.sweeps = new Sweeps({ store, now, log, onResearch, backtests: this.backtests });
    this.compiler = openCompiler(options.sandbox?.folder ?? null, this.budget);
    this.venue = new VenueDesk({ ...options, venue: options.venue ?? null, audit: this.audit, alerts: this.alerts });
    this.pipelines = this.openPipelines();
    this.traffic = this.openTraffic();
    this.risk = this.openRisk();
    this.executions = this.openExecutions();
    this.joinExecutions();
    this.desk = this.openDesk();
    this.experiments = this.openExperiments();
    this.instruments = new InstrumentSettings({ store, audit: this.audit, now });
    this.learning = this.openLearning();
    this.learning.deployBy({ registry: this.registry, pipelines: this.pipelines, compiler: this.compiler });
  }

  private openPerformance(): Performance {
    const { alerts, config, options, registry } = this;
    const thresholds: PerformanceOptions["thresholds"] = () => config.numbers("performance");
    const performance = new Performance({ ...options, alerts, registry, thresholds });
    config.onChange((component) => component === "performance" && performance.judgeAll(true));
    return performance;
  }

  private openBacktests(onResearch: OnResearch): Backtests {
    const { budget, options } = this;
    const { store, now, log, bus, runs = NO_HISTORY } = options;
    const onTested: BacktestsOptions["onTested"] = (kind, ms) => this.pipelines.counters.tested(kind, ms);
    return new Backtests({ store, now, log, onResearch, onTested, frames: framesFrom(bus), budget, ...runs });
  }

  private openLearning(): Learning {
    const { audit, config, options } = this;
    const { store, now, log, learning: settings, runs = NO_HISTORY } = options;
    const { dataDir, engineVersion, line = null } = runs;
    const adaptation = (): AdaptationSettings =>
      readAdaptation(config.get("adaptation")?.value ?? {}, config.setAt("adaptation"));
    const given = { adaptation, ...(settings === undefined ? {} : { settings }) };
    const thresholds = (): RuntimeConfig["thresholds"] => config.thresholds;
    const learning = new Learning({ store, audit, now, log, thresholds, dataDir, engineVersion, line, ...given });
    config.numberBy(learning.book);
    learning.proposals.carryOut(
      CANARY,
      canaryCarrier(this.registry, () => this.pipelines),
    );
    return learning;
  }

  private joinExecutions(): void {
    const { pipelines, executions } = this;
    pipelines.deliverBy({ runs: (id) => executions.runs(id), begin: (...of) => this.offer(...of) });
    pipelines.soakBy((strategy, program) => executions.soak(strategy, program));
    const changed = (names: ReadonlySet<string>, from: number): void => this.gatesChanged(names, from);
    const isStrategy = (id: string): boolean => this.registry.get(id) !== null;
    this.flags.join({ nextSequence: () => executions.nextSequence, changed, isStrategy });
  }

  /** What capital each strategy should have by the returns of its executions. */
  allocation(): ReturnType<Allocator["of"]> {
    const { executions, options } = this;
    return this.allocator.of(executions.holders(), (id) => executions.equity(id, CURVE_POINTS), options.now());
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
      this.traffic,
      this.risk,
      this.learning,
    ];
    // A pipeline that was under way moves its strategy.
    return (this.loaded ??= Promise.all(rooms.map((room) => room.load())).then(async () => {
      this.performance.judgeAll(false);
      await this.risk.recount((strategyId) => this.registry.get(strategyId)?.strategyType ?? null);
      await this.pipelines.load();
      await this.experiments.load();
      await this.venue.load();
      RiskDesk.tellUnusable(this.registry, this.alerts);
    }));
  }

  /** The engine serves: what takes long to begin is begun before it is needed. */
  prepare(): void {
    void this.learning.resume();
    if (this.options.sandbox?.warm === true) setTimeout(() => void this.compiler.warm(), WARM_AFTER_MS).unref();
  }

  private openPipelines(): Pipelines {
    const { registry, audit, alerts, backtests, compiler, budget, options } = this;
    const { store, bus, now, log, pipeline } = options;
    const settings = pipeline === undefined ? {} : { settings: pipeline };
    return new Pipelines({ store, bus, now, log, registry, audit, alerts, backtests, compiler, budget, ...settings });
  }

  /** Parameters that were changed while their version was rolled out are its own from now on. */
  private delivered(strategyId: string): void {
    const [strategy, parameters] = [this.registry.get(strategyId), this.offered.get(strategyId)];
    this.offered.delete(strategyId);
    if (strategy !== null && parameters !== undefined && parameters !== strategy.parameters)
      this.executions.changed({ ...strategy, parameters }, strategy);
  }

  private offer(strategyId: string, how: Way, version: string, program: CompiledStrategy) {
    const parameters = (): JsonObject => {
      const now = this.registry.get(strategyId)?.parameters ?? {};
      this.offered.set(strategyId, now);
      return now;
    };
    return this.executions.offer(strategyId, how, { version, program, parameters: parameters() }, parameters);
  }

  /** Strategies whose gates are others, by their ids or by their implementation. */
  private gatesChanged(names: ReadonlySet<string>, from: number): void {
    for (const strategy of this.registry.all())
      if (namesOf(strategy).some((name) => names.has(name))) this.executions.gate(strategy.strategyId, from);
  }

  /** Who hears of backtests and sweeps on their way. */
  onResearch(listener: OnResearch): void {
    this.researchHeard = listener;
  }

  private openTraffic(): Traffic {
    const { registry, audit, pipelines, options } = this;
    return new Traffic({
      ...options,
      registry,
      audit,
      balance: (strategyId) => this.executions.balance(strategyId),
      deploying: (strategyId) => pipelines.list({ strategyId }).some(({ endedAt }) => endedAt === null),
      compiled: (strategy) => this.compiled(strategy),
    });
  }

  private openExperiments(): Experiments {
    const { executions, registry, audit, alerts, desk, options } = this;
    const rooms = { executions, registry, audit, alerts, desk };
    return new Experiments({ ...options, ...rooms, compiled: (strategy) => this.compiled(strategy) });
  }

  /** The emergency stop: no execution goes on and no order stays at a venue. How many executions were ended. */
  halt(): number {
    this.risk.halt();
    this.venue.halt();
    return this.executions.halt("emergency_stop");
  }
  release(): void {
    this.risk.release();
    this.executions.release();
    this.venue.release();
  }

  private openDesk(): Desk {
    const { executions, registry, audit, alerts, risk, options } = this;
    // Every fill that closed something is a result of its strategy.
    executions.listen({ onTrade: ({ strategyId }, { pnl }) => pnl !== 0 && this.performance.traded(strategyId, pnl) });
    executions.listen({
      onTrade: ({ strategyId: id, config }, fill) =>
        this.learning.following.onFill(id, fill, tradesFree(config, registry.get(id)?.parameters ?? {})),
    });
    RiskDesk.open({ executions, registry, risk, log: options.log });
    return new Desk({ ...options, executions, registry, audit, alerts, weightOf: (of) => this.learning.weightOf(of) });
  }

  private openRisk(): Risk {
    const { registry, audit, alerts, options } = this;
    const { store, now, log, timezone = "UTC", stopFile = null } = options;
    const pause = (strategyId: string): void =>
      RiskDesk.pause({ executions: this.executions, registry, log }, strategyId);
    const nameOf = (id: string): string | null => registry.nameOf(id);
    return new Risk({ store, audit, alerts, now, log, timezone, stopFile, pause, nameOf });
  }

  private openExecutions(): Executions {
    const { registry, compiler, options } = this;
    const { store, now, log, autoResume = false } = options;
    return new Executions({
      live: {
        venue: this.venue,
        onStray: (strategyId, message) => this.alerts.raise({ level: "critical", type: "risk", strategyId, message }),
      },
      store,
      now,
      log,
      autoResume,
      budget: this.budget,
      shares: (strategy) => this.traffic.shares(strategy),
      seats: this.risk.seats,
      gates: (strategy) => this.flags.gatesOf(namesOf(strategy)),
      strategy: (strategyId) => registry.get(strategyId),
      compiled: (one) => compiledOf({ ...one, version: one.deployedVersion ?? one.version }, registry, compiler),
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

  async close(): Promise<void> {
    await this.learning.close();
    this.activation.close();
    this.watch.close();
    this.config.close();
    this.instruments.close();
    await this.pipelines.close();
    await this.experiments.close();
    await this.executions.close();
    await this.venue.close();
    await this.risk.close();
    this.compiler.close();
    const runs = this.sweeps.close();
    await Promise.all([this.alerts.close(), this.audit.close(), this.backtests.close(), runs]);
    await this.performance.close();
  }
}

/** By which a flag may name it. */
function namesOf({ strategyId, implementation }: Strategy): readonly string[] {
  return implementation === null ? [strategyId] : [strategyId, implementation];
}
