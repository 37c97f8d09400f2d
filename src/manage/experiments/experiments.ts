// A/B tests: two deployed strategies on the same live ticks, each with a paper account of its own that has its share of
// the capital; executions of the two, where there are any, go on beside it untouched. A test ends by itself with the first
// strategy that can be told to be better, and by `conclude` before that. What both were when it began is what is compared:
// their versions and parameters are kept with it, and a built-in one that is changed ends it. What is done to one test
// stands in a queue. It outlives the process: what it has found so far is stored every ten
// seconds and when it ends, and goes on with empty accounts.
import { type Failure, invalid } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import type { CompiledStrategy } from "../../sandbox/sandbox.ts";
import { abTestTable } from "../../store/pipelines.ts";
import type { Store } from "../../store/store.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Desk } from "../desk.ts";
import { type DuelNews, type DuelOrder, type Executions, partOf, startFault } from "../executions/executions.ts";
import { type Side, symbolsOf, termsFor } from "../executions/executions.ts";
import { newId } from "../ids.ts";
import type { Alerts, Audit } from "../oversight/oversight.ts";
import { Queues } from "../queues.ts";
import { type Registry, type Strategy, unknownStrategy } from "../registry/registry.ts";
import { type Experiment, otherThanTested, pinned, readExperiment, rowOf } from "./experiment.ts";
import { sideFault, strategyOf, withNews } from "./experiment.ts";

export { type Experiment, experimentView } from "./experiment.ts";

export interface ExperimentsOptions {
  readonly store: Store;
  /** Wall clock, integer microseconds. */
  readonly now: () => number;
  readonly log: Log;
  readonly audit: Audit;
  readonly alerts: Alerts;
  readonly registry: Registry;
  readonly executions: Executions;
  readonly desk: Desk;
  /** What runs of the strategy's version; null: it is built in. */
  readonly compiled: (strategy: Strategy) => Promise<Result<CompiledStrategy | null, Failure>>;
}

export interface Wanted {
  readonly name: string;
  readonly strategyA: string;
  readonly strategyB: string;
  /** Share of the capital that a has. */
  readonly trafficSplit: number;
}

export interface Promoted {
  readonly experiment: Experiment;
  readonly side: Side;
  readonly executionId: string;
  /** Of the other one; null: it was not running. */
  readonly stopped: string | null;
}

type DuelListener = Parameters<Executions["duels"]["begin"]>[1];

const RUNNING_MAX = 16;
const KEPT = 1_000;
const KEEP_MS = 10_000;
const ENGINE = "engine";

export class Experiments {
  private readonly options: ExperimentsOptions;
  /** In the order in which they were made. */
  private readonly tests = new Map<string, Experiment>();
  private readonly listeners = new Map<string, DuelListener>();
  private readonly unkept = new Set<string>();
  private readonly queues = new Queues();
  private timer: NodeJS.Timeout | null = null;

  constructor(options: ExperimentsOptions) {
    this.options = options;
  }

  /** Strategies are there already; what runs goes on with the stream. */
  async load(): Promise<void> {
    const newest = "SELECT ab_test_id FROM ab_tests ORDER BY created_at DESC LIMIT ?";
    const wanted = `WHERE status = 'running' OR ab_test_id IN (${newest}) ORDER BY created_at DESC`;
    const rows = await abTestTable.load(this.options.store, wanted, [KEPT]);
    for (const row of [...rows].reverse()) {
      const test = readExperiment(row);
      this.tests.set(test.abTestId, test);
      if (test.status !== "running") continue;
      void this.begin(test).then((begun) => {
        if (!begun.ok) void this.over(test.abTestId, ENGINE, begun.failure);
      });
    }
  }

  get(abTestId: string): Experiment | null {
    return this.tests.get(abTestId) ?? null;
  }
  /** Oldest first. */
  all(): readonly Experiment[] {
    return [...this.tests.values()];
  }

  create(wanted: Wanted, actor: string): Promise<Result<Experiment, Failure>> {
    const abTestId = newId("ab");
    return this.queues.run(abTestId, () => this.created(abTestId, wanted, actor));
  }

  /** What happens to it meanwhile stands behind this in its queue. */
  private async created(abTestId: string, wanted: Wanted, actor: string): Promise<Result<Experiment, Failure>> {
    const made = this.made(abTestId, wanted);
    if (!made.ok) return made;
    const test = made.value;
    const begun = await this.begin(test);
    if (!begun.ok) return failed({ code: "conflict", issue: `the test cannot begin: ${begun.failure}` });
    const to = { name: test.name, strategy_a: test.strategyA, strategy_b: test.strategyB, split: test.trafficSplit };
    const change = { actor, action: "ab_test.create", target: abTestId, from: null, to };
    const stored = await this.options.audit.record(change, [abTestTable.insert(rowOf(test)), ...this.surplus()]);
    if (!stored.ok) {
      this.endDuel(abTestId);
      return stored;
    }
    this.tests.set(abTestId, test);
    this.checkSides(test);
    return ok(test);
  }

  /** Before its verdict: then nobody has won. */
  async conclude(abTestId: string, actor: string): Promise<Result<Experiment, Failure>> {
    const ended = await this.over(abTestId, actor, "concluded by request");
    return ended ?? failed(unknown(abTestId));
  }

  /** The winner, or the one that is named, is started where it does not run, and the other one's execution ends. */
  promote(abTestId: string, named: Side | null, actor: string): Promise<Result<Promoted, Failure>> {
    return this.queues.run(abTestId, async () => {
      const test = this.get(abTestId);
      if (test === null) return failed(unknown(abTestId));
      const side = this.promotable(test, named);
      return side.ok ? this.promoted(test, side.value, actor) : side;
    });
  }

  private async promoted(test: Experiment, side: Side, actor: string): Promise<Result<Promoted, Failure>> {
    const { audit, desk, executions } = this.options;
    const { abTestId } = test;
    const winner = strategyOf(test, side);
    const loser = strategyOf(test, side === "a" ? "b" : "a");
    const started = await desk.start(winner, {}, actor);
    if (!started.ok && started.failure.code !== "already_running") return started;
    const executionId = executions.list({ status: "active", strategyId: winner }).at(-1) ?? "";
    const running = executions.list({ status: "active", strategyId: loser }).at(-1) ?? null;
    const stopped = running === null ? null : await desk.stopExecution(running, actor);
    const over = test.status === "running" ? await this.end(abTestId, actor, `${side} was promoted`) : null;
    if (over?.ok === false) return over;
    const before = over?.value ?? test;
    const after: Experiment = { ...before, results: { ...before.results, promoted: side } };
    const to = { promoted: side, execution_id: executionId, stopped: stopped?.executionId ?? null };
    const change = { actor, action: "ab_test.promote", target: abTestId, from: null, to };
    const stored = await audit.record(change, [abTestTable.put(rowOf(after))]);
    if (!stored.ok) return stored;
    this.tests.set(abTestId, after);
    return ok({ experiment: after, side, executionId, stopped: stopped?.executionId ?? null });
  }

  /** What is started has to be what was tested. */
  private promotable(test: Experiment, named: Side | null): Result<Side, Failure> {
    const { winner, results } = test;
    const conflict = (issue: string) => failed<Failure>({ code: "conflict", issue });
    const side = named ?? winner;
    if (side === null) return conflict("neither has won; name the one to promote as strategy: a or b");
    if (results.promoted !== null && results.promoted !== side)
      return conflict(`${results.promoted} was promoted already; start the other one by itself to go back`);
    const strategy = this.options.registry.get(strategyOf(test, side));
    if (strategy === null) return failed(unknownStrategy(strategyOf(test, side)));
    const other = otherThanTested(test, side, strategy);
    return other === null ? ok(side) : conflict(`${other}; only what was tested can be promoted`);
  }

  /** It was changed or deleted: tests that cannot go on with it are over. */
  changed(strategyId: string): void {
    for (const test of this.tests.values())
      if (test.status === "running" && (test.strategyA === strategyId || test.strategyB === strategyId))
        this.checkSides(test);
  }

  private checkSides(test: Experiment): void {
    const { registry } = this.options;
    const fault = (side: Side) => sideFault(test, side, registry.get(strategyOf(test, side)));
    const reason = fault("a") ?? fault("b");
    if (reason !== null) void this.over(test.abTestId, ENGINE, reason);
  }

  async close(): Promise<void> {
    if (this.timer !== null) clearInterval(this.timer);
    for (const abTestId of this.listeners.keys()) this.endDuel(abTestId);
    await this.keep();
  }

  private made(abTestId: string, { name, strategyA, strategyB, trafficSplit }: Wanted): Result<Experiment, Failure> {
    const { registry, now } = this.options;
    if (strategyA === strategyB) return failed(invalid("strategy_b", "must be another strategy than strategy_a"));
    const [a, b] = [registry.get(strategyA), registry.get(strategyB)];
    if (a === null || b === null) return failed(unknownStrategy(a === null ? strategyA : strategyB));
    const fault = startFault(a) ?? startFault(b);
    if (fault !== null) return failed(fault);
    if (this.options.executions.duels.halted) return failed({ code: "emergency_stop_active" });
    if (this.listeners.size >= RUNNING_MAX)
      return failed({
        code: "conflict",
        issue: `${RUNNING_MAX} A/B tests run already; conclude one that is not needed`,
      });
    const outcome = { course: null, evidence: null, reason: null, promoted: null };
    return ok({
      abTestId,
      name,
      strategyA,
      strategyB,
      trafficSplit,
      status: "running",
      winner: null,
      createdAt: now(),
      concludedAt: null,
      results: { a: pinned(a), b: pinned(b), ...outcome },
    });
  }

  /** The failure is a sentence. */
  private async begin(test: Experiment): Promise<Result<null, string>> {
    const { abTestId } = test;
    const listener = {
      news: (news: DuelNews) => this.heard(abTestId, news),
      failed: (reason: string) => void this.over(abTestId, ENGINE, reason),
    };
    this.listeners.set(abTestId, listener);
    const begun = await this.opened(test, listener);
    const wanted = this.listeners.get(abTestId) === listener;
    if (begun.ok && wanted) this.timer ??= setInterval(() => void this.keep(), KEEP_MS).unref();
    else if (begun.ok) this.options.executions.duels.end(listener);
    else if (wanted) this.listeners.delete(abTestId);
    return wanted ? begun : failed("it was ended");
  }

  private async opened(test: Experiment, listener: DuelListener): Promise<Result<null, string>> {
    const a = await this.side(test, "a");
    if (!a.ok) return a;
    const b = await this.side(test, "b");
    if (!b.ok) return b;
    if (this.listeners.get(test.abTestId) !== listener) return failed("it was ended");
    return this.options.executions.duels.begin({ a: a.value, b: b.value, course: test.results.course }, listener);
  }

  private async side(test: Experiment, side: Side): Promise<Result<DuelOrder["a"], string>> {
    const { registry, compiled } = this.options;
    const strategyId = strategyOf(test, side);
    const { version, parameters, riskLimits, state } = test.results[side];
    const strategy = registry.get(strategyId);
    const fault = sideFault(test, side, strategy);
    if (strategy === null || fault !== null) return failed(fault ?? `strategy ${strategyId} was deleted`);
    const program = await compiled({ ...strategy, version, deployedVersion: version });
    if (!program.ok) return failed(`version ${version} of strategy ${strategyId} does not compile any more`);
    const { implementation } = strategy;
    const whole = termsFor({ parameters, riskLimits, executionConfig: {}, implementation });
    const share = side === "a" ? test.trafficSplit : 1 - test.trafficSplit;
    const terms = partOf(whole, share);
    const rest = { symbols: symbolsOf(parameters), past: state };
    return ok({ strategyId, version, program: program.value, parameters, terms, ...rest });
  }

  /** Of one that is being stored what it says comes behind that. */
  private heard(abTestId: string, news: DuelNews): void {
    if (this.tests.has(abTestId)) this.took(abTestId, news);
    else void this.queues.run(abTestId, () => this.took(abTestId, news));
  }

  private took(abTestId: string, news: DuelNews): void {
    const test = this.tests.get(abTestId);
    if (test === undefined || test.status !== "running") return;
    this.tests.set(abTestId, withNews(test, news));
    this.unkept.add(abTestId);
    if (news.fault !== null) void this.over(abTestId, ENGINE, `${news.fault.side} failed: ${news.fault.reason}`);
    else if (news.evidence.decided !== 0) void this.over(abTestId, ENGINE, null);
  }

  /** `reason` null: by its verdict. Null: there is no such test. */
  private over(abTestId: string, actor: string, reason: string | null): Promise<Result<Experiment, Failure> | null> {
    return this.queues.run(abTestId, () => this.end(abTestId, actor, reason));
  }

  private async end(
    abTestId: string,
    actor: string,
    reason: string | null,
  ): Promise<Result<Experiment, Failure> | null> {
    const test = this.get(abTestId);
    if (test === null) return null;
    if (test.status !== "running") return failed(ended(abTestId));
    this.endDuel(abTestId);
    const after = this.concluded(test, reason);
    const to = { winner: after.winner, reason: after.results.reason };
    const change = { actor, action: "ab_test.conclude", target: abTestId, from: { status: "running" }, to };
    const stored = await this.options.audit.record(change, [abTestTable.put(rowOf(after))]);
    if (!stored.ok && actor !== ENGINE) {
      const again = await this.begin(test);
      this.options.log.warn("an A/B test could not be concluded", { ab_test_id: abTestId, goes_on: again.ok });
      return stored;
    }
    this.tests.set(abTestId, after);
    if (!stored.ok) this.unkept.add(abTestId);
    this.tell(after);
    return ok(after);
  }

  private concluded(test: Experiment, reason: string | null): Experiment {
    const { evidence } = test.results;
    const decided = evidence?.decided ?? 0;
    const winner = decided === 0 ? null : decided > 0 ? "a" : "b";
    const said = reason ?? `${winner ?? "neither"} does better, p = ${(evidence?.pValue ?? 1).toFixed(4)}`;
    const results = { ...test.results, reason: said };
    return { ...test, status: "concluded", winner, concludedAt: this.options.now(), results };
  }

  private tell(test: Experiment): void {
    const { abTestId, name, winner, results } = test;
    const { log, alerts } = this.options;
    log.info("a/b test concluded", { ab_test_id: abTestId, winner, reason: results.reason });
    const whose = winner === null ? {} : { strategyId: strategyOf(test, winner) };
    const message = `A/B test ${abTestId} (${name}) is over: ${results.reason ?? ""}`;
    alerts.raise({ level: "info", type: "performance", message, ...whose });
  }

  private endDuel(abTestId: string): void {
    const listener = this.listeners.get(abTestId);
    if (listener !== undefined) this.options.executions.duels.end(listener);
    this.listeners.delete(abTestId);
  }

  /** What has changed since the last time; what cannot be stored is tried again the next. */
  private async keep(): Promise<void> {
    const due = [...this.unkept];
    this.unkept.clear();
    // Each in its queue: the row of one that ends meanwhile is not written over by the one before.
    await Promise.all(due.map((abTestId) => this.queues.run(abTestId, () => this.kept(abTestId))));
  }

  private async kept(abTestId: string): Promise<void> {
    const test = this.tests.get(abTestId);
    if (test === undefined) return;
    const stored = await this.options.store.commit([abTestTable.put(rowOf(test))]);
    if (!stored.ok) this.unkept.add(abTestId);
  }

  /** Forgets the oldest that are over. */
  private surplus() {
    const over = this.all().filter(({ status }) => status === "concluded");
    const gone = over.slice(0, Math.max(0, this.tests.size + 1 - KEPT));
    for (const { abTestId } of gone) this.tests.delete(abTestId);
    return gone.map(({ abTestId }) => abTestTable.remove({ abTestId }));
  }
}

function unknown(abTestId: string): Failure {
  return { code: "not_found", kind: "A/B test", id: abTestId };
}
function ended(abTestId: string): Failure {
  const what = { state: "concluded", wanted: "this", allowed: ["running"], legal: ["promote"] };
  return { code: "invalid_state", kind: "A/B test", id: abTestId, ...what };
}
