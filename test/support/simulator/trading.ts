// What trades on the simulated stream: the engine's own Executions with its pool, hearing, ledger and revival, users'
// programs in WebAssembly, and the store over a real database that refuses, is slow or loses its thread. Somebody starts,
// changes, pauses and stops executions as the seed says; the process around it lives and dies with the data plane. Its
// choices come from randomness of its own, so that a data plane does the same with and without it.
import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import os from "node:os";
import { join } from "node:path";
import { ASSET_TYPES } from "../../../src/domain/asset-type.ts";
import type { Approved } from "../../../src/domain/approved.ts";
import { ok } from "../../../src/domain/result.ts";
import { Executions } from "../../../src/manage/executions/executions.ts";
import type { ExecutionWorkerData } from "../../../src/manage/executions/execution-worker.ts";
import type { Letter, News } from "../../../src/manage/executions/messages.ts";
import type { Strategy } from "../../../src/manage/manage.ts";
import { openLibsql } from "../../../src/store/sqlite/libsql-driver.ts";
import type { StoreWorkerData } from "../../../src/store/sqlite/messages.ts";
import { StoreError, ThreadedStore } from "../../../src/store/store.ts";
import { strategyTable } from "../../../src/store/strategies.ts";
import type { Stream } from "../../../src/stream/stream.ts";
import { Tap } from "../../../src/stream/tap.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { builtin } from "../manage/registered.ts";
import { Random } from "../random.ts";
import { Books, storedBooks } from "./books.ts";
import { Clerk } from "./clerk.ts";
import { must } from "./facts.ts";
import { bentNews, clerkLies, ledgerLies, startLies, type TradingLie } from "./lies.ts";
import { Ports } from "./ports.ts";
import type { Programs } from "./programs.ts";
import { ExecutionThread, StoreSideThread } from "./side-threads.ts";
import { StoreFaults } from "./store-faults.ts";
import { Threads, type SimulatedThread } from "./threads.ts";
import type { VirtualTime } from "./virtual-time.ts";
import { Promises, WitnessStore } from "./witness.ts";

const PATIENCE = 20_000;
const SYMBOLS = ["BTCUSDT", "ETHUSDT", "SOLUSDT", "EURUSD", "USDJPY", "AAPL", "MSFT", "XAUUSD"] as const;
const BUILTIN = ["strategy-0", "strategy-1"] as const;

export interface TradingOptions {
  readonly seed: number;
  readonly dir: string;
  readonly time: VirtualTime;
  readonly programs: Programs;
  readonly lie: TradingLie | null;
  readonly note: (line: string) => void;
  /** What is found in the engine's own callbacks is told at the end of the step. */
  readonly guard: (work: () => void) => void;
  /** The data plane goes on while something here is waited for. */
  readonly meanwhile: () => void;
}

export class Trading {
  readonly count = { started: 0, programFaults: 0, threadDeaths: 0, ledgers: 0 };
  readonly books = new Books();
  readonly faults: StoreFaults;
  readonly promises = new Promises();
  readonly clerk: Clerk;
  private readonly options: TradingOptions;
  private readonly random: Random;
  private readonly threads: Threads;
  private readonly ports = new Ports();
  private readonly real = {
    randomBytes: crypto.randomBytes,
    availableParallelism: os.availableParallelism,
  };
  private readonly strategies = new Map<string, Strategy>();
  private readonly programs: ReadonlyMap<string, Programs[number][1]>;
  private executions: Executions | null = null;
  private store: ThreadedStore | null = null;
  /** Ids of fills that main has heard of in this life. */
  private readonly heard = new Set<string>();
  private end = "start";
  /** A planted fault: the store answers nobody any more. */
  private silent = false;

  constructor(options: TradingOptions) {
    this.options = options;
    this.random = new Random(options.seed ^ 0x5eed);
    this.faults = new StoreFaults(this.random, options.note);
    this.threads = new Threads(options.time);
    this.clerk = new Clerk(this.random, options.time.nowUs, this.lies);
    this.programs = new Map(options.programs);
    for (const [name] of options.programs) this.strategies.set(name, this.strategy(name, "code"));
    for (const id of BUILTIN) this.strategies.set(id, this.strategy(id, "builtin"));
  }

  install(): void {
    this.ports.install();
    const randomBytes = (size: number): Buffer =>
      Buffer.from(Array.from({ length: size }, () => this.random.integer(256)));
    const cores = this.random.next() < 0.5 ? 1 : 4; // which decides how many threads there are
    Object.assign(crypto, { randomBytes });
    Object.assign(os, { availableParallelism: () => cores });
    syncBuiltinESMExports();
  }
  uninstall(): void {
    this.die("stop");
    this.ports.uninstall();
    const { randomBytes, availableParallelism } = this.real;
    Object.assign(crypto, { randomBytes });
    Object.assign(os, { availableParallelism });
    syncBuiltinESMExports();
  }

  /** The thread for a worker's file; null: it is none of these. */
  thread(file: URL, data: unknown): SimulatedThread | null {
    const { threads, random, options } = this;
    if (file.pathname.endsWith("/store-worker.js")) {
      const side = {
        faults: this.faults,
        nowUs: options.time.nowUs,
        lies: () => this.lies("false-confirm"),
        silent: () => (this.silent ||= this.lies("silent-store", 0.001)),
      };
      return new StoreSideThread(threads, data as StoreWorkerData, side);
    }
    if (!file.pathname.endsWith("/execution-worker.js")) return null;
    return new ExecutionThread(threads, data as ExecutionWorkerData, random, {
      news: (news) => this.news(news),
      letter: (letter) => this.letter(letter),
      breaks: () => this.lies("break-thread", 0.001),
      thrown: (error) =>
        options.guard(() => must(false, () => `the thread of executions threw: ${String((error as Error).stack)}`)),
    });
  }

  /** A process begins over what the one before it has left. */
  async live(stream: Stream): Promise<void> {
    const { time } = this.options;
    const file = join(this.options.dir, "engine.db");
    if (this.end !== "start") this.examine(file);
    this.faults.allow(false);
    this.store = new ThreadedStore({ file, log: SILENT_LOG });
    const refused = await this.driven(this.store.open(), "the opening of the store");
    must(refused === null, () => `the store does not open after a ${this.end}: ${JSON.stringify(refused)}`);
    const store = new WitnessStore(this.store, this.promises, ledgerLies(this.lies));
    if (this.end === "start") {
      const rows = [...this.strategies.values()].map((one) => strategyTable.insert({ ...one, code: "" }));
      const stored = await this.driven(store.commit(rows), "the first commit");
      must(stored.ok, () => `the first commit was refused: ${JSON.stringify(stored)}`);
    }
    const executions = new Executions({
      store,
      now: time.nowUs,
      log: SILENT_LOG,
      strategy: (id) => this.strategies.get(id) ?? null,
      compiled: ({ strategyId }) => Promise.resolve(ok(this.programs.get(strategyId) ?? null)),
      shares: () => Promise.resolve(null),
      gates: () => [],
      autoResume: true,
    });
    executions.listen({
      onTrade: (_, { tradeId }) => void this.heard.add(tradeId),
      onFault: ({ strategyId }, reason) => {
        this.count.programFaults++;
        this.options.note(`${strategyId} fails: ${reason}`);
      },
    });
    await this.driven(executions.load(), "the reading of executions");
    const clerks = new WitnessStore(this.store, this.promises, clerkLies(this.lies));
    await this.driven(this.clerk.live(clerks), "the reading of strategies");
    this.faults.allow(true);
    this.executions = executions;
    this.end = "kill";
    this.join(stream);
  }

  /** The stream of the moment. */
  join(stream: Stream): void {
    const { symbols } = stream.ingest;
    this.executions?.join({
      tap: new Tap(stream.compute.plane),
      halted: stream.status.emergencyStop,
      names: () => Array.from({ length: symbols.count }, (_, id) => [id, symbols.nameOf(id)] as const),
      price: () => 0,
      left: () => [],
    });
  }

  onApproved(signals: readonly Approved[]): void {
    this.executions?.onApproved(signals);
  }
  halt(stop: boolean): void {
    if (stop) this.executions?.halt("emergency_stop");
    else this.executions?.release();
  }

  /** One or two things happen. */
  happen(): void {
    const { random, executions } = this;
    if (executions === null) return;
    this.move();
    const what = random.next();
    if (what < 0.015) this.clerk.operate();
    else if (what < 0.04) this.operate(executions);
    else if (what < 0.06) this.fail();
    else this.move();
  }

  /** The process ends where it stands. */
  die(end: string): void {
    this.threads.end();
    this.ports.forget();
    this.books.forget();
    this.clerk.die();
    this.heard.clear();
    this.executions = null;
    this.store = null;
    this.silent = false;
    if (this.end !== "start") this.end = end;
  }

  /** A clean stop: everything that was heard of is stored. */
  async stop(): Promise<void> {
    const { executions, store } = this;
    if (executions === null || store === null) return;
    this.faults.allow(false);
    await this.driven(executions.close(), "the stop of executions");
    await this.driven(this.clerk.stop(), "the stop of the audit trail");
    await this.driven(store.close(), "the stop of the store");
    const heard = [...this.heard];
    this.die("stop");
    const { trades } = this.examine(join(this.options.dir, "engine.db"));
    for (const id of heard) must(trades.has(id), () => `fill ${id} was heard of, and is not there after a stop`);
  }

  private move(): void {
    const { random } = this;
    const what = random.next();
    if (what < 0.5) this.threads.pass(random);
    else if (what < 0.75) this.threads.deliver(random);
    else this.ports.deliver(random);
  }

  private operate(executions: Executions): void {
    const { random } = this;
    const one = [...this.strategies.values()][random.integer(this.strategies.size)];
    if (one === undefined) return;
    if (executions.running(one.strategyId) === 0 && one.status === "deployed") return this.start(executions, one);
    const what = random.next();
    if (what < 0.25) this.quietly(executions.stop(one.strategyId, "requested"));
    else if (what < 0.6) this.change(executions, one, { parameters: this.parameters() });
    else this.change(executions, one, { status: one.status === "paused" ? "deployed" : "paused" });
  }

  private start(executions: Executions, { strategyId }: Strategy): void {
    const { store } = this;
    if (store === null) return;
    const witness = new WitnessStore(store, this.promises, startLies(this.lies));
    const started = executions.start(strategyId, {}, (_, statements) => witness.commit(statements));
    this.quietly(
      started.then((done) => {
        if (done.ok) this.count.started++;
        this.options.note(`start ${strategyId}: ${done.ok ? "done" : done.failure.code}`);
      }),
    );
  }

  private change(executions: Executions, before: Strategy, to: Partial<Strategy>): void {
    const after = { ...before, ...to };
    this.strategies.set(before.strategyId, after);
    executions.changed(before, after);
  }

  /** What the store cannot be read for is told to who asked; anything else is a fault. */
  private quietly(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      if (error instanceof StoreError) return;
      this.options.guard(() => must(false, () => `an operation threw: ${String((error as Error).stack)}`));
    });
  }

  private fail(): void {
    const what = this.random.next();
    if (what < 0.9) return this.faults.arm();
    const name = what < 0.95 ? "store" : "executions";
    if (!this.threads.endOne(name)) return;
    this.options.note(`the thread of the ${name} dies`);
    this.count.threadDeaths++;
  }

  private letter(letter: Letter): void {
    if (letter.kind !== "begin") return;
    const { posted } = letter.order;
    if (posted !== null && this.lies("other-books", 1)) {
      const bent = { ...posted, cash: posted.cash - 1, capital: posted.capital + 1 };
      Object.assign(letter.order, { posted: bent });
    }
    this.books.begun(letter.order);
  }

  private news(news: News): void {
    if (news.kind !== "batch") return;
    const { lie } = this.options;
    for (const one of news.news) {
      const bent = lie === null ? null : bentNews(one, lie);
      const told = bent !== null && lie !== null && this.lies(lie) ? bent : one;
      this.options.guard(() => this.books.told(told));
    }
  }

  private readonly lies = (lie: TradingLie, chance = 0.1): boolean => {
    if (this.options.lie !== lie || this.executions === null || this.random.next() >= chance) return false;
    this.options.note(`sabotage: ${lie}`);
    return true;
  };

  private examine(file: string): ReturnType<typeof storedBooks> {
    const driver = openLibsql(file, true);
    try {
      const books = storedBooks(driver);
      const ids = driver.all("SELECT execution_id FROM executions").map((row) => String(row["execution_id"]));
      this.promises.check(new Set([...books.trades, ...ids]), this.end);
      this.clerk.examine(driver, this.end);
      const { executions, trades, entries, cash } = books;
      this.options.note(`${executions} executions, ${trades.size} fills, ${entries} entries are stored, cash ${cash}`);
      this.count.ledgers += executions;
      return books;
    } finally {
      driver.close();
    }
  }

  private async driven<T>(work: Promise<T>, what: string): Promise<T> {
    const { options, random } = this;
    const told: { done: boolean } = { done: false };
    const mark = (): void => void (told.done = true);
    work.then(mark, mark);
    for (let step = 0; !told.done; step++) {
      must(step < PATIENCE, () => `${what} does not come to its end`);
      this.move();
      if (random.next() < 0.1) options.time.pass(random.between(0.5, 5));
      options.meanwhile();
      await options.time.turn();
    }
    return work;
  }

  private parameters(): Strategy["parameters"] {
    const { random } = this;
    const first = random.integer(SYMBOLS.length - 2);
    return {
      symbols: random.next() < 0.2 ? [...SYMBOLS] : SYMBOLS.slice(first, first + 1 + random.integer(3)),
      position_size: random.between(0.01, 0.9),
      fee_bps: random.integer(30),
      slippage_bps: random.integer(10),
      allow_short: random.next() < 0.6,
      ...(random.next() < 0.3
        ? { stop_loss: random.between(0.001, 0.05), take_profit: random.between(0.001, 0.05) }
        : {}),
    };
  }

  private strategy(strategyId: string, kind: "code" | "builtin"): Strategy {
    const code = kind === "code";
    const parameters = this.parameters();
    const riskLimits = this.random.next() < 0.3 ? { max_drawdown: -0.2, daily_loss_limit: -20_000 } : {};
    return {
      ...builtin("momentum_rider", parameters, riskLimits),
      strategyId,
      strategyName: strategyId,
      assetTypes: [...ASSET_TYPES],
      ...(code ? { kind, language: "assemblyscript", implementation: null } : { strategyType: "trend_following" }),
    };
  }
}
