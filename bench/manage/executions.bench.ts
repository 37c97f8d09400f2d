// Thousands of executions at once on a live feed: the stream, its tap, the thread of the executions and the store are the
// real ones. What is measured is the processor time of the whole process with executions less that of the same feed
// without them, so copying, filling, telling, storing and figures are all in it. 10,000 ticks a second on 500 symbols in
// real time; built-in strategies trade two symbols each by signals, 250 of them a second, with limits that are looked at.
// Fails when an execution takes more than KB_MAX of memory. What it takes of the processor is measured in parts, and the
// later ones are left out where nobody wants more.
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Approved } from "../../src/domain/approved.ts";
import { ok } from "../../src/domain/result.ts";
import { ASSET_TYPES } from "../../src/domain/asset-type.ts";
import { Executions } from "../../src/manage/executions/executions.ts";
import type { Strategy } from "../../src/manage/manage.ts";
import { type CompiledStrategy, StrategyCompiler } from "../../src/sandbox/sandbox.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { strategyTable, type StrategyRecord } from "../../src/store/strategies.ts";
import { Stream } from "../../src/stream/stream.ts";
import { Tap } from "../../src/stream/tap.ts";
import { SILENT_LOG } from "../../src/telemetry/log.ts";
import { QUIET_STREAM } from "../../test/support/quiet-stream.ts";
import { Random } from "../../test/support/random.ts";
import { RSI_CODE } from "../../test/support/strategy-code.ts";
import { areEnough } from "../enough.ts";
import type { Result } from "../result.ts";

const SYMBOLS = 500;
const TICKS_PER_SECOND = 10_000;
const SIGNALS_PER_SECOND = 250;
const TURN_MS = 10;
const SECONDS = Number(process.argv.find((word) => word.startsWith("seconds="))?.slice(8) ?? 12);
const PART_SECONDS = 3;
const BASE_SECONDS = 3;
const KB_MAX = 100;
const MANY = 5_000;
const CODED = 200;

export async function run(): Promise<readonly Result[]> {
  const many = await crowd(MANY, 2, null);
  return [many, await crowd(CODED, 10, await rsi())];
}

/** `per`: symbols of each execution; `program` null: they trade signals. */
async function crowd(count: number, per: number, program: CompiledStrategy | null): Promise<Result> {
  const stage = await Stage.open(count, per, program);
  try {
    await stage.feed(2);
    const without = await stage.feed(BASE_SECONDS);
    const before = await resident();
    await stage.start();
    await stage.feed(3);
    const bytes = ((await resident()) - before) / count;
    const turns = monitorEventLoopDelay({ resolution: 1 });
    turns.enable();
    const what = program === null ? `${count} executions` : `${count} executions of code`;
    const costs: number[] = [];
    const enough = (): boolean =>
      stage.trades >= count / 20 && areEnough(costs.map((cost) => resultOf(what, cost, "")));
    while (costs.length * PART_SECONDS < SECONDS && !enough()) costs.push((await stage.feed(PART_SECONDS)) - without);
    const cost = costs.reduce((sum, each) => sum + each, 0) / costs.length;
    turns.disable();
    const { trades } = stage;
    if (trades < count / 20) throw new Error(`${what} made ${trades} trades: they do not trade`);
    const kb = bytes / 1024;
    if (program === null && kb > KB_MAX) throw new Error(`${what}: ${kb.toFixed(0)} KB each, at most ${KB_MAX}`);
    const stall = turns.max / 1e6;
    const late = `main turned after ${(turns.percentile(99) / 1e6).toFixed(1)} ms p99, ${stall.toFixed(1)} ms at most`;
    const share = ((cost * TICKS_PER_SECOND) / 1e7).toFixed(1);
    const seconds = `${costs.length * PART_SECONDS} s`;
    return resultOf(
      what,
      cost,
      `${seconds}, ${share} % of a core at ${TICKS_PER_SECOND} ticks/s; ${kb.toFixed(1)} KB each; ${trades} trades; ${late}`,
    );
  } finally {
    await stage.close();
  }
}

function resultOf(what: string, cost: number, note: string): Result {
  const pairs = [{ label: "processor time", medianNs: cost }];
  return { name: `executions: a tick for ${what}`, pairs, ratio: 1, note };
}

async function resident(): Promise<number> {
  for (let turn = 0; turn < 3; turn++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return process.memoryUsage.rss();
}

async function rsi(): Promise<CompiledStrategy> {
  const compiler = new StrategyCompiler({ memoryBytes: 16 * 1024 * 1024, timeoutMs: 60_000 });
  const compiled = await compiler.compile(RSI_CODE, "assemblyscript");
  compiler.close();
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.failure));
  return compiled.value;
}

class Stage {
  private readonly executions: Executions;
  private readonly stream: Stream;
  private readonly store: Store;
  private readonly strategies: readonly Strategy[];
  private readonly random = new Random(5_000);
  private readonly prices = Array.from({ length: SYMBOLS }, () => 100);
  private signals = 0;
  private started = false;

  static async open(count: number, per: number, program: CompiledStrategy | null): Promise<Stage> {
    const store = await openStore({ file: null, log: SILENT_LOG });
    if (!store.ok) throw new Error(store.failure);
    const records = Array.from({ length: count }, (_, index) => recordOf(index, per, program === null));
    for (let from = 0; from < count; from += 500)
      await store.value.commit(records.slice(from, from + 500).map((one) => strategyTable.insert(one)));
    const stream = await Stream.open({
      ...QUIET_STREAM,
      capacity: { maxSymbols: 1024, maxInstances: 64, workers: 1 },
      now: () => Date.now() * 1_000,
      monotonicMs: () => performance.now(),
    });
    return new Stage(stream, store.value, records as unknown as readonly Strategy[], program);
  }

  private constructor(stream: Stream, store: Store, strategies: readonly Strategy[], program: CompiledStrategy | null) {
    this.stream = stream;
    this.store = store;
    this.strategies = strategies;
    const known = new Map(strategies.map((one) => [one.strategyId, one]));
    this.executions = new Executions({
      store,
      now: () => Date.now() * 1_000,
      log: SILENT_LOG,
      strategy: (id) => known.get(id) ?? null,
      compiled: () => Promise.resolve(ok(program)),
      shares: () => Promise.resolve(null),
      gates: () => [],
      autoResume: false,
    });
    const names = Array.from({ length: SYMBOLS }, (_, id) => [id, nameOf(id)] as const);
    this.executions.join({
      tap: new Tap(stream.compute.plane),
      halted: false,
      names: () => names,
      price: () => 0,
      left: () => [],
    });
  }

  async start(): Promise<void> {
    const { store } = this;
    const started = this.strategies.map((one) =>
      this.executions.start(one.strategyId, {}, (_, statements) => store.commit(statements)),
    );
    for (const one of await Promise.all(started)) if (!one.ok) throw new Error(JSON.stringify(one.failure));
    this.started = true;
  }

  /** In real time; the processor time of a tick, in nanoseconds. */
  async feed(seconds: number): Promise<number> {
    const before = process.cpuUsage();
    const begin = performance.now();
    let ticks = 0;
    for (let elapsed = 0; elapsed < seconds * 1_000; elapsed = performance.now() - begin) {
      const due = Math.floor((elapsed * TICKS_PER_SECOND) / 1_000);
      if (due > ticks) this.stream.ingest.accept(this.batch(ticks, due - ticks), "http");
      this.stream.ingest.publish();
      this.signal(Math.floor((elapsed * SIGNALS_PER_SECOND) / 1_000));
      ticks = Math.max(ticks, due);
      await new Promise((resolve) => setTimeout(resolve, TURN_MS));
    }
    this.signals = 0;
    // On a busy machine the threads come to the last ones later.
    while (this.executions.behind > 0) await new Promise((resolve) => setTimeout(resolve, TURN_MS));
    const { user, system } = process.cpuUsage(before);
    return ((user + system) * 1_000) / ticks;
  }

  get trades(): number {
    return this.executions.totals.trades;
  }

  async close(): Promise<void> {
    await this.executions.close();
    await this.stream.close();
    await this.store.close();
  }

  private batch(from: number, count: number): Uint8Array {
    const { random, prices } = this;
    const rows: string[] = [];
    for (let tick = from; tick < from + count; tick++) {
      const symbol = tick % SYMBOLS;
      const price = (prices[symbol] ?? 100) * (1 + 0.002 * (random.next() - 0.5));
      prices[symbol] = price;
      rows.push(`{"symbol":"${nameOf(symbol)}","price":${price},"volume":1,"asset_type":"crypto"}`);
    }
    return Buffer.from(`[${rows.join(",")}]`);
  }

  /** One of a strategy after the other: it buys what it does not hold, and sells what it holds. */
  private signal(due: number): void {
    if (!this.started) return;
    const signals: Approved[] = [];
    for (; this.signals < due; this.signals++) {
      const { random, strategies } = this;
      const strategy = strategies[random.integer(strategies.length)];
      const [symbol] = (strategy?.parameters["symbols"] ?? []) as readonly string[];
      const action = random.next() < 0.5 ? "buy" : "sell";
      const { nextSequence } = this.stream.compute.plane.ring;
      const price = { entry: 100, stop: Number.NaN, target: Number.NaN };
      const one = { strategyId: strategy?.strategyId, symbol, action, type: "momentum_rider", extra: {}, ...price };
      signals.push({ ...one, sequence: nextSequence - 1 } as unknown as Approved);
    }
    this.executions.onApproved(signals);
  }
}

function nameOf(symbol: number): string {
  return `S${symbol}USD`;
}

function recordOf(index: number, per: number, builtin: boolean): StrategyRecord {
  const symbols = Array.from({ length: per }, (_, k) => nameOf((index * per + k) % SYMBOLS));
  return {
    strategyId: `strat_crowd${String(index).padStart(5, "0")}`,
    strategyName: `crowd ${index}`,
    version: "1.0.0",
    codeHash: "",
    parameters: { symbols, fee_bps: 2 },
    riskLimits: { daily_loss_limit: -50_000, max_drawdown: -0.5 },
    language: "assemblyscript",
    createdAt: 1,
    updatedAt: 1,
    deletedAt: null,
    kind: builtin ? "builtin" : "code",
    strategyType: null,
    implementation: builtin ? "momentum_rider" : null,
    assetTypes: ASSET_TYPES,
    status: "deployed",
    statusBefore: null,
    deployedVersion: "1.0.0",
    lastError: null,
    code: "",
  };
}
