// A stream, a store and the management plane in the test's process, real threads and all: for tests of executions, which
// need strategies that were deployed. Market data goes in as over HTTP; what executions say is waited for, never slept for.
import { createHash } from "node:crypto";
import { onTestFinished } from "vitest";
import { openBus, type Bus } from "../../../src/bus/bus.ts";
import { Records } from "../../../src/engine/engine.ts";
import type { Execution, ExecutionEvent, LiveVenue, Manage } from "../../../src/manage/manage.ts";
import { DEFAULT_SETTINGS, type PipelineSettings } from "../../../src/manage/pipeline/settings.ts";
import { ASSET_TYPES } from "../../../src/domain/asset-type.ts";
import type { Limits } from "../../../src/sandbox/sandbox.ts";
import type { TradeRecord } from "../../../src/store/executions.ts";
import { openStore } from "../../../src/store/store.ts";
import { strategyTable } from "../../../src/store/strategies.ts";
import { versionTable } from "../../../src/store/versions.ts";
import { Stream } from "../../../src/stream/stream.ts";
import { createLog, type Log, SILENT_LOG } from "../../../src/telemetry/log.ts";
import { COMPILED } from "../compiled.ts";
import { QUIET_STREAM } from "../quiet-stream.ts";
import { CONFIG_DEFAULTS } from "./config-defaults.ts";

export interface Deployed {
  readonly id: string;
  readonly code: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly riskLimits?: Readonly<Record<string, unknown>>;
  readonly language?: "assemblyscript" | "python";
}

export interface PaperOptions {
  readonly strategies: readonly Deployed[];
  /** Null: in memory. */
  readonly file?: string | null;
  readonly autoResume?: boolean;
  /** Where orders of live executions go. */
  readonly venue?: LiveVenue;
  /** Of all strategies together, and where what was compiled lies. */
  readonly sandbox?: { readonly limits: Limits; readonly folder: string | null };
  /** Where other ones than the defaults count. */
  readonly pipeline?: Partial<PipelineSettings>;
  /** Of several tests: whoever opened it closes it. */
  readonly shared?: boolean;
  /** Strategies are in the store already: it is a later process, whose clock goes on an hour later. */
  readonly stored?: boolean;
}

export interface Tick {
  readonly symbol: string;
  readonly price: number;
  readonly [more: string]: unknown;
}

const LOOK_MS = 10;
/** What has not come by then does not come. */
const PATIENCE_MS = 120_000;
/** Lines of the log that who waits in vain is shown. */
const LINES = 5;
const ROOMY: Limits = { memoryBytes: 2 * 1024 ** 3, cpuCores: 64 };
type Heard = readonly [event: ExecutionEvent | "figures" | "breach" | "fault", execution: Execution];

export class Paper {
  readonly heard: Heard[] = [];
  readonly trades: TradeRecord[] = [];
  readonly stream: Stream;
  readonly records: Records;
  readonly bus: Bus;
  private readonly waiters: (() => void)[] = [];

  private readonly clock: { us: number };
  private readonly log: Log;

  static async open(options: PaperOptions): Promise<Paper> {
    const clock = { us: Date.UTC(2026, 10, 18, options.stored === true ? 13 : 12) * 1000 };
    const now = (): number => (clock.us += 250);
    const log = createLog("warn", { write: () => undefined, flushSync: () => undefined });
    const bus = await openBus(null, SILENT_LOG, { host: "127.0.0.1", port: 1 });
    const open = async () => {
      const store = await openStore({ file: options.file ?? null, log: SILENT_LOG });
      if (!store.ok) throw new Error(store.failure);
      if (options.stored !== true) for (const one of options.strategies) await store.value.commit(rowsOf(one));
      return store.value;
    };
    const { autoResume = false } = options;
    const sandbox = { ...(options.sandbox ?? { limits: ROOMY, folder: COMPILED }), warm: false };
    const common = { open, bus, now, log, configDefaults: CONFIG_DEFAULTS };
    const { venue = null } = options;
    const pipeline = { ...DEFAULT_SETTINGS, ...options.pipeline };
    const records = new Records({ ...common, autoResume, venue, sandbox, pipeline });
    const stream = await Stream.open({
      ...QUIET_STREAM,
      capacity: { maxSymbols: 1024, maxInstances: 64, workers: 1 },
      now,
      monotonicMs: () => performance.now(),
      onApproved: (signals) => records.whenOpen((manage) => manage.executions.onApproved(signals)),
      ...records.hooks,
    });
    const paper = new Paper(await records.join(stream), records, bus, clock, log);
    if (options.shared !== true) onTestFinished(() => paper.close());
    return paper;
  }

  private constructor(stream: Stream, records: Records, bus: Bus, clock: { us: number }, log: Log) {
    this.clock = clock;
    this.log = log;
    this.stream = stream;
    this.records = records;
    this.bus = bus;
    const hear = (event: Heard[0], execution: Execution): void => {
      this.heard.push([event, execution]);
      this.stir();
    };
    this.manage.executions.listen({
      onExecution: hear,
      onTrade: (_, trade) => {
        this.trades.push(trade);
        this.stir();
      },
      onBreach: (execution) => hear("breach", execution),
      onFault: (execution) => hear("fault", execution),
    });
  }

  get manage(): Manage {
    return this.records.manage;
  }

  async start(id: string, config: Readonly<Record<string, unknown>> = {}): Promise<Execution> {
    const started = await this.manage.desk.start(id, config, "test");
    if (!started.ok) throw new Error(JSON.stringify(started.failure));
    return started.value;
  }

  /** Lets time go by. */
  pass(seconds: number): void {
    this.clock.us += seconds * 1e6;
  }

  async feed(ticks: readonly Tick[]): Promise<void> {
    const done = await this.stream.process(Buffer.from(JSON.stringify(ticks)), "http");
    if (!done.ok) throw new Error(JSON.stringify(done.failure));
    if (done.value.batch.rejected > 0) throw new Error(JSON.stringify(done.value.batch.errors[0]));
  }

  /** Resolves when it holds; looked at whenever an execution says something, and for what none says soon anyway. */
  async until(holds: () => boolean): Promise<void> {
    for (const begun = performance.now(); !holds();) {
      if (performance.now() - begun > PATIENCE_MS)
        throw new Error(`it does not come: ${String(holds)}; ${this.state()}`);
      const said = new Promise<void>((resolve) => this.waiters.push(resolve));
      await Promise.race([said, new Promise((resolve) => setTimeout(resolve, LOOK_MS))]);
    }
  }

  /** The thread has seen everything that was fed, and what it told of that has been heard. */
  async settled(): Promise<void> {
    for (const begun = performance.now(); this.manage.executions.behind > 0;) {
      if (performance.now() - begun > PATIENCE_MS) throw new Error(`its thread does not catch up: ${this.state()}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    // It is told before it is settled, so it lies at the port by now: the second of two turns takes it from there.
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  async close(): Promise<void> {
    await this.stream.close();
    await this.records.close();
    await this.bus.close();
  }

  /** For who waits in vain. */
  private state(): string {
    const { behind, counts } = { behind: this.manage.executions.behind, counts: this.manage.executions.counts() };
    const heard = this.heard.slice(-5).map(([event, { executionId, error }]) => ({ event, executionId, error }));
    const strategies = [...this.manage.registry.all()].map(({ strategyId, status }) => [strategyId, status]);
    const said = this.log.tail(LINES, "warn");
    return JSON.stringify({
      behind,
      counts,
      trades: this.trades.length,
      heard,
      strategies: strategies.slice(0, LINES),
      said,
    });
  }

  private stir(): void {
    for (const resolve of this.waiters.splice(0)) resolve();
  }
}

/** `count` ticks of one symbol, each `step` times the one before, in one message. */
export function path(symbol: string, start: number, step: number, count: number): readonly Tick[] {
  return Array.from({ length: count }, (_, index) => ({ symbol, price: start * step ** (index + 1), volume: 1 }));
}

function rowsOf({ id, code, parameters = {}, riskLimits = {}, language = "assemblyscript" }: Deployed) {
  const codeHash = createHash("sha256").update(code).digest("hex");
  const common = { strategyId: id, version: "1.0.0", codeHash, parameters, riskLimits, language, createdAt: 1 };
  return [
    strategyTable.insert({
      ...common,
      strategyName: id,
      kind: "code",
      strategyType: null,
      implementation: null,
      assetTypes: ASSET_TYPES,
      status: "deployed",
      statusBefore: null,
      deployedVersion: "1.0.0",
      lastError: null,
      updatedAt: 1,
      deletedAt: null,
      code: "",
    }),
    versionTable.insert({ ...common, code, deployedAt: 1 }),
  ];
}
