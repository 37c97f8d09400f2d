// One world: an engine's data plane (the real DataPlane, Stream, Journal and Kernels) over a disk, a feed, threads and a
// clock that the seed decides about, life after life over one data folder. A step is one thing that happens: a pass of a
// thread, a message between threads, market data, time, an operator, a fault, the end of the process. The same seed
// gives the same steps.
import fs from "node:fs";
import { join } from "node:path";
import { DataPlane } from "../../../src/engine/engine.ts";
import { STRATEGIES } from "../../../src/domain/strategies.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { Stream, type Carry } from "../../../src/stream/stream.ts";
import { EmbeddedBus } from "../../../src/bus/embedded-bus.ts";
import { INPUT_CHANNEL } from "../../../src/bus/bus.ts";
import type { JournalSync } from "../../../src/stream/journal/journal.ts";
import type { Random } from "../random.ts";
import { DISK_LIES, Ended, FaultyDisk } from "./disk.ts";
import { Facts, must, Violation, type End } from "./facts.ts";
import { bendEvents, bendState, bentSignals, cutJournal, PLANE_LIES, type PlaneLie, TRADING_LIES } from "./lies.ts";
import { Market } from "./market.ts";
import type { Programs } from "./programs.ts";
import { Threads } from "./threads.ts";
import { Trading } from "./trading.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** Faults that are planted to prove that they are found. */
export const SABOTAGES = [...DISK_LIES, ...PLANE_LIES, ...TRADING_LIES] as const;
export type Sabotage = (typeof SABOTAGES)[number];

/** Steps that an opening, a stop or an answer may take before something hangs. */
const PATIENCE = 200_000;
const DAY_MS = 86_400_000;
const SYMBOLS = ["BTCUSDT", "ETHUSDT", "SOLUSDT", "EURUSD", "AAPL"] as const;

export interface WorldOptions {
  readonly random: Random;
  readonly dir: string;
  readonly time: VirtualTime;
  readonly sabotage: Sabotage | null;
  /** What users' executions run, and the seed of what becomes of them; null: nothing trades. */
  readonly trading: { readonly programs: Programs; readonly seed: number } | null;
  readonly note: (line: string) => void;
}

export class World {
  readonly facts: Facts;
  readonly disk: FaultyDisk;
  readonly count = { lives: 0, kills: 0, cuts: 0, stops: 0, kernelDeaths: 0, answers: 0 };
  private readonly options: WorldOptions;
  private readonly random: Random;
  private readonly threads: Threads;
  readonly trading: Trading | null;
  private readonly market: Market;
  private readonly sync: JournalSync;
  private readonly capacity: { readonly maxSymbols: number; readonly maxInstances: number; readonly workers: number };
  private readonly segmentBytes: number;
  private readonly keepBytes: number;
  private rules = { confidenceFloor: 0.2, cooldownUs: 1_000_000 };
  private bus = new EmbeddedBus();
  private plane: DataPlane | null = null;
  /** The stream that was looked at last; another one in its place has recovered. */
  private seen: Stream | null = null;
  private end: End = "stop";
  private stopping = false;

  constructor(options: WorldOptions) {
    const { random, dir, note } = options;
    this.options = options;
    this.random = random;
    this.disk = new FaultyDisk(dir, random, note);
    this.threads = new Threads(options.time, (file, data) => this.trading?.thread(file, data) ?? null);
    this.threads.onState = (state) => {
      if (this.lies("bend-state", 1)) bendState(state);
    };
    this.disk.lie = DISK_LIES.find((lie) => lie === options.sabotage) ?? null;
    this.trading = this.tradingOf();
    this.market = new Market(random);
    this.sync = (["always", "batch", "batch", "off"] as const)[random.integer(4)] ?? "batch";
    this.facts = new Facts(this.sync !== "off");
    this.capacity = { maxSymbols: 14, maxInstances: 40, workers: 1 + random.integer(3) };
    this.segmentBytes = 65_536 << random.integer(5);
    this.keepBytes = random.next() < 0.25 ? 1 << 18 : 1 << 30;
    note(
      `sync ${this.sync}, ${this.capacity.workers} workers, segments of ${this.segmentBytes}, keeps ${this.keepBytes}`,
    );
    this.disk.install();
    this.threads.install();
    this.trading?.install();
  }

  private tradingOf(): Trading | null {
    const { trading, dir, time, note, sabotage } = this.options;
    if (trading === null) return null;
    const lie = TRADING_LIES.find((one) => one === sabotage) ?? null;
    const guard = (work: () => void): void => this.guard(work);
    return new Trading({ ...trading, dir, time, lie, note, guard, meanwhile: () => this.threads.passAll() });
  }

  /** Everything is as it was before this world. */
  leave(): void {
    this.disk.endIn = null;
    this.disk.dead = false;
    this.trading?.uninstall();
    this.threads.uninstall();
    this.disk.uninstall();
    this.threads.forget();
    this.options.time.forget();
  }

  /** One thing happens. */
  async step(): Promise<void> {
    if (this.plane === null) await this.live();
    else {
      this.happen(this.plane);
      this.trading?.happen();
      await this.options.time.turn();
    }
    await this.look();
  }

  /** Everything comes to rest, the engine is stopped and started again: then the whole of it is looked at. */
  async settle(): Promise<void> {
    this.disk.endIn = null;
    this.disk.refuse = 0;
    if (this.disk.dead) await this.look();
    if (this.plane === null) await this.step();
    await this.stop();
    await this.step();
    await this.stop();
  }

  private happen(plane: DataPlane): void {
    const { random, options } = this;
    const what = random.next();
    if (what < 0.5) return void this.threads.pass(random);
    if (what < 0.7) return void this.threads.deliver(random);
    if (what < 0.85) return this.feed(plane);
    if (what < 0.97) return this.pass(random.next() < 0.9 ? random.between(0.1, 60) : random.between(60, 5_000));
    if (what < 0.9995) {
      return random.next() < 0.5 ? this.operate(plane.stream) : this.fail();
    }
    if (random.next() < 0.3) this.stopping = true;
    else {
      this.end = random.next() < 0.5 ? "kill" : "power";
      this.disk.endIn = random.integer(12);
      options.note(`the process will end by ${this.end} within ${this.disk.endIn} calls of the disk`);
    }
  }

  private pass(ms: number): void {
    if (ms > 1_000) {
      this.threads.passAll();
      this.options.note(`${Math.round(ms)} ms pass`);
    }
    this.options.time.pass(ms);
    if (this.random.next() < 0.01) {
      const jump = this.random.between(-DAY_MS, DAY_MS) * this.random.next() ** 4;
      this.options.note(`the wall clock jumps by ${Math.round(jump)} ms`);
      this.options.time.wallMs += jump;
    }
  }

  private feed(plane: DataPlane): void {
    const bytes = this.market.message(this.options.time.wallMs);
    if (this.random.next() < 0.5) {
      this.bus.publishRaw(INPUT_CHANNEL, bytes);
      return;
    }
    const { stream } = plane;
    const before = this.count.lives;
    void stream.process(bytes, "http").then((answer) => {
      if (!answer.ok || this.count.lives !== before || this.disk.dead || this.plane?.stream !== stream) return;
      this.count.answers++;
      const last = answer.value.batch.lastSequence;
      if (this.sync === "always") this.facts.acknowledged = Math.max(this.facts.acknowledged, last + 1);
    });
  }

  private operate(stream: Stream): void {
    const { random } = this;
    const type = STRATEGIES[random.integer(STRATEGIES.length)];
    const what = random.integer(7);
    if (what === 0) {
      const stop = random.next() < 0.5;
      const done = stream.latch(stop);
      if (stop && this.lies("lift-stop", 1)) stream.latch(false);
      if (done || stop) this.facts.latched = stop;
      if (done || stop) this.trading?.halt(stop);
      this.options.note(`emergency stop ${stop ? "set" : "lifted"}: ${done}`);
    } else if (what === 1) stream.requestSnapshot();
    else if (what === 2) {
      const cooldownUs = random.integer(3_000_000);
      const rules = { confidenceFloor: random.between(0, 0.6), cooldownUs };
      if (stream.tune({ rules })) this.rules = rules;
    } else if (what === 3) {
      const fields = { taker_fee_bps: random.between(0, 20), tick_size: 0.01 };
      stream.setInstrument(SYMBOLS[random.integer(SYMBOLS.length)] ?? "", { fields });
    } else if (what === 4) stream.roster.drop(`strategy-${random.integer(6)}`);
    else if (type !== undefined) {
      const symbols = type.legs[0] > 1 || random.next() < 0.3 ? SYMBOLS.slice(0, type.legs[0]) : null;
      const strategyId = `strategy-${random.integer(6)}`;
      const enabled = random.next() < 0.8;
      const wanted = { strategyId, type: type.name, parameters: {}, enabled, assetTypes: null, symbols };
      const brought = stream.roster.bring(wanted);
      this.options.note(
        `${enabled ? "on" : "off"} ${strategyId} ${type.name}: ${brought.ok ? brought.value : brought.failure.code}`,
      );
    }
  }

  private fail(): void {
    const { random, options } = this;
    const what = random.next();
    if (what < 0.9) this.disk.refuse = 1 + random.integer(random.next() < 0.2 ? 40 : 3);
    else if (what < 0.94 && this.threads.killKernel(random)) {
      options.note("a kernel worker dies");
      this.count.kernelDeaths++;
    }
  }

  /** What must hold after each step; ends a life whose time has come. */
  private async look(): Promise<void> {
    if (this.disk.dead) return this.die();
    if (this.plane === null) return;
    this.witness(this.plane);
    if (!this.stopping && !this.given) return;
    this.stopping = false;
    await this.stop();
  }

  /** Whether the data plane has given up: faults in quick succession. Then somebody starts the process again. */
  private get given(): boolean {
    return this.plane?.trouble?.startsWith("restart failed") === true && this.random.next() < 0.02;
  }

  /** The stream of the moment; one that took the place of another has recovered what that one left. */
  private witness({ stream, trouble }: DataPlane): void {
    if (stream !== this.seen && this.seen !== null)
      this.disk.aside(() => this.facts.restarted(stream, this.journalDir, "fault", this.capacity));
    if (stream !== this.seen) this.trading?.join(stream);
    this.seen = stream;
    if (this.options.sabotage !== null) bendEvents(stream, this.facts.published, this.lies);
    this.facts.follow(stream, trouble === null);
  }

  private get journalDir(): string {
    return join(this.options.dir, "journal");
  }

  private die(): void {
    this.options.note(this.end === "power" ? "power cut" : "kill -9");
    if (this.end === "power") this.count.cuts++;
    else this.count.kills++;
    this.trading?.die(this.end);
    this.threads.forget();
    this.options.time.forget();
    this.disk.revive(this.end === "power");
    this.plane = null;
    this.options.time.pass(this.random.between(10, 5_000));
  }

  private async stop(): Promise<void> {
    const { plane } = this;
    if (plane === null) return;
    this.disk.endIn = null;
    this.disk.refuse = 0;
    this.end = "stop";
    this.count.stops++;
    this.options.note("stop");
    if (this.lies("forget-stop", 1)) this.facts.latched = plane.stream.latch(true);
    await this.trading?.stop();
    const told = await this.driven(plane.close(), "the stop");
    must(told === null, () => `the stop failed: ${String(told)}`);
    if (plane.trouble !== null) this.end = "kill"; // its journal was closed when the disk refused
    this.threads.forget();
    this.options.time.forget();
    this.disk.revive(false);
    if (this.lies("cut-stop", 1)) this.disk.aside(() => cutJournal(this.journalDir));
    this.plane = null;
  }

  /** The next life begins. */
  private async live(): Promise<void> {
    this.count.lives++;
    this.seen = null;
    this.bus = new EmbeddedBus();
    for (const name of ["lock", "lock.held"]) fs.rmSync(join(this.journalDir, name), { force: true }); // its holder has ended
    let plane: DataPlane | null = null;
    const opening = DataPlane.open({
      open: (onFailure, carry) => this.open(onFailure, carry),
      bus: this.bus,
      demo: false,
      now: this.options.time.nowUs,
      log: SILENT_LOG,
    }).then((opened) => {
      plane = opened;
    });
    const fault = await this.driven(opening, "the start");
    if (this.disk.dead) return;
    must(fault === null, () => `the engine does not start after a ${this.end}: ${String(fault)}`);
    const opened = plane as DataPlane | null;
    if (opened === null) return;
    if (this.lies("forget-stop", 1)) opened.stream.latch(false);
    this.disk.aside(() => this.facts.restarted(opened.stream, this.journalDir, this.end, this.capacity));
    this.seen = opened.stream;
    this.plane = opened;
    opened.start();
    this.end = "kill";
    await this.trading?.live(opened.stream);
    this.options.note(`life ${this.count.lives} goes on with event ${this.facts.published}`);
  }

  private open(onFailure: (reason: string) => void, carry?: Carry): Promise<Stream> {
    const { time } = this.options;
    const life = this.count.lives;
    return Stream.open({
      capacity: this.capacity,
      tiers: { fastMs: 100, tacticalMs: 1_000, strategicMs: 10_000, learningMs: 60_000 },
      rules: this.rules,
      learning: true,
      journal: {
        dir: this.journalDir,
        sync: this.sync,
        segmentBytes: this.segmentBytes,
        retention: { bytes: this.keepBytes, ageMs: 1 },
        snapshotMs: 60_000,
      },
      now: time.nowUs,
      monotonicMs: () => time.monotonicMs,
      ...(carry ? { carry } : {}),
      log: SILENT_LOG,
      onApproved: (signals) => {
        if (life !== this.count.lives || this.disk.dead) return;
        const [first] = signals;
        if (first !== undefined && this.lies("made-up-signal", 0.01))
          this.guard(() => this.facts.leave([{ ...first, id: `${first.id}0` }], this.rules.confidenceFloor));
        const twice = this.lies("double-signal", 0.01);
        this.guard(() => this.facts.leave(bentSignals(signals, this.lies), this.rules.confidenceFloor));
        this.trading?.onApproved(signals);
        if (twice) this.guard(() => this.facts.leave(signals, this.rules.confidenceFloor));
      },
      onFailure,
    }).catch((error: unknown) => {
      this.facts.unseen = true;
      throw error;
    });
  }

  /** Whether this fault, if it is the one to be planted, is planted now. */
  private readonly lies = (lie: PlaneLie, chance = 0.1): boolean => {
    if (this.options.sabotage !== lie || this.random.next() >= chance) return false;
    this.options.note(`sabotage: ${lie}`);
    return true;
  };

  /** A fault that is found inside the engine's own callbacks is told at the end of the step. */
  private guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      this.found ??= error;
    }
  }
  found: Violation | null = null;

  /** Lets everything but users and faults go on until the promise settles; what it was rejected with, or null. */
  private async driven(work: Promise<unknown>, what: string): Promise<unknown> {
    const told: { done: boolean; fault: unknown } = { done: false, fault: null };
    work.then(
      () => (told.done = true),
      (error: unknown) => Object.assign(told, { done: true, fault: error }),
    );
    for (let step = 0; !told.done; step++) {
      if (this.disk.dead) return new Ended("while it was under way");
      must(step < PATIENCE, () => `${what} does not come to its end`);
      const chance = this.random.next();
      if (chance < 0.5) this.threads.pass(this.random);
      else if (chance < 0.9) this.threads.deliver(this.random);
      else this.options.time.pass(this.random.between(0.5, 20));
      await this.options.time.turn();
      if (this.plane !== null && !this.disk.dead) this.witness(this.plane);
    }
    return told.fault;
  }
}
