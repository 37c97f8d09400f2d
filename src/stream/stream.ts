// The data plane: a numbered stream of events in, approved signals out. Opens the journal, recovers, starts the
// kernels and the beats; from then on ingest writes events and what comes out is judged, archived and handed on.
// Everything here runs on the main thread and never waits for a worker, except to recover and to stop.
import * as layout from "../../assembly/layout.ts";
import { NOT_DURABLE, type Failure } from "../domain/failure.ts";
import { failed, ok, type Result } from "../domain/result.ts";
import type { InstrumentChange } from "../domain/instrument.ts";
import type { Signal } from "../domain/signal.ts";
import { US_PER_MS, type EpochUs } from "../domain/units.ts";
import { Beats } from "./beats.ts";
import { journalLog } from "./journal-log.ts";
import { createCompute, type Compute } from "./compute.ts";
import { Captures, type Processed } from "./capture.ts";
import { EngineClock } from "./engine-clock.ts";
import { Ingest, type Transport } from "./ingest/ingest.ts";
import { recall } from "./earlier-signals.ts";
import { Instances } from "./instances.ts";
import { Instruments } from "./instruments.ts";
import { Journal } from "./journal/journal.ts";
import type { Kernels } from "./kernels/kernels.ts";
import { Learned } from "./learned.ts";
import { MarkWriter } from "./marks.ts";
import { openingEvents } from "./opening-events.ts";
import { Owners } from "./owners.ts";
import { Regimes } from "./regimes.ts";
import { refusalOf } from "./refused.ts";
import { recoverState, type Recovered } from "./recover.ts";
import { Roster } from "./roster.ts";
import { assess, createRiskState, type RefusalReason, type RiskState } from "./risk/risk.ts";
import type { SignalRecord, SignalTotals } from "./rings/signal-ring.ts";
import type { Readiness, SymbolState } from "./rings/state-reader.ts";
import { viewSignals } from "./signal-view.ts";
import { SignalArchive } from "./sinks/archive.ts";
import { setInstrument } from "./set-instrument.ts";
import { tune } from "./tune.ts";
import type { Carry, StreamOptions, StreamStatus } from "./stream-options.ts";
import { warmUp } from "./warm-up.ts";
export type { Carry, JournalSettings, StreamOptions } from "./stream-options.ts";
export type { Readiness, SymbolState } from "./rings/state-reader.ts";
export type { Approved } from "./risk/risk.ts";
export type { Processed } from "./capture.ts";
export { type CalibrationMap, codeOf, type Learned, type LearnedSetting, POINTS_MAX } from "./learned.ts";
export type { RegimeGroup, Regimes } from "./regimes.ts";
export { ownerMark } from "./owners.ts";
export type { Presence, Roster, WantedInstance } from "./roster.ts";
export { BackFill, DemoFeed, ForeignJournals, readMarketFile, RedisFeed, rowsIn, StreamFeed } from "./ingest/ingest.ts";
export { FileFault, historyTicks, linesOf, openFile, splitCells, type OpenFile } from "./ingest/ingest.ts";
export { positionsOf } from "./positions.ts";
export { longestBars, type Grown } from "./rings/longest-bars.ts";
export { EVENT_BYTES as eventBytes } from "../../assembly/layout.ts";
export { EventPrinter, FolderLock, JournalError, readableFrom, readEvents } from "./journal/journal.ts";
export { Outlets } from "./sinks/outlets.ts";
export { replay, type ReplayOptions, type ReplayReport } from "./replay.ts";

const ROOM_POLL_MS = 1;

export class Stream {
  /** Told the name of every symbol that comes up for the first time; must not call back at once. */
  onNewSymbol: (name: string) => void = () => undefined;
  readonly archive: SignalArchive;
  readonly instances: Instances;
  /** Instances of registered strategies. */
  readonly roster: Roster;
  /** What learning has changed. */
  readonly learned: Learned;
  readonly regimes: Regimes;
  readonly instruments: Instruments;
  readonly ingest: Ingest;
  readonly beats: Beats;
  readonly recovered: Recovered;
  readonly compute: Compute;
  readonly warmUpMs: number;
  readonly refusals = new Map<RefusalReason, number>();
  /** Published signals by strategy code. */
  readonly published: Float64Array;
  rules: StreamOptions["rules"];
  private readonly options: StreamOptions;
  readonly clock: EngineClock;
  readonly journal: Journal | null;
  private readonly kernels: Kernels;
  private readonly risk: RiskState;
  private readonly captures = new Captures();
  /** Signals that wait for `speak`; null: none waits any more. */
  private held: SignalRecord[] | null = [];
  private readonly progress: Carry["progress"];
  totals: SignalTotals;
  private readonly marks: MarkWriter;
  private snapshotAt = 0;
  private failure: string | null = null;
  private opened = false;
  private closed = false;
  private closing: Promise<void> | null = null;

  static async open(options: StreamOptions): Promise<Stream> {
    const compute = createCompute(options.capacity);
    const warmUpMs = warmUp(compute.core);
    const { memory, plan } = compute.plane;
    const journal = options.journal
      ? await Journal.open({
          ...options.journal,
          memory,
          plan,
          coreHash: compute.core.hash,
          log: journalLog(options.log),
        })
      : null;
    await options.beforeRecovery?.().catch(async (error: unknown) => {
      await journal?.close();
      throw error;
    });
    const parts: { stream: Stream | null; readonly early: SignalRecord[] } = { stream: null, early: [] };
    const owners = new Owners(options.ownerName);
    const recovered = await recoverState(compute, journal, owners, {
      onSignals: (signals, totals) => {
        if (parts.stream) parts.stream.release(signals, totals);
        else for (const signal of signals) parts.early.push(signal);
      },
      onSnapshot: ({ sequence, state }, spare) =>
        void parts.stream?.archive.flush().then(() => journal?.snapshot(sequence, state, spare)), // has what it omits
      onFailure: (worker, error) => parts.stream?.fail(`kernel worker ${worker}: ${error.message}`),
    }).catch(async (error: unknown) => {
      await journal?.close(); // so that the folder can be opened again
      throw error;
    });
    try {
      const stream = new Stream(options, compute, journal, recovered, owners, warmUpMs);
      stream.begin(parts.early);
      parts.stream = stream;
      if (journal) await journal.start(compute.plane.ring.nextSequence);
      await stream.settle();
      if (recovered.kernels.failure) throw recovered.kernels.failure; // died while nobody waited for it
      if (options.carry?.stopped() === true) stream.latch(true); // asked for while there was nobody to record it
      stream.beats.start();
      stream.opened = true;
      return stream;
    } catch (error) {
      await recovered.kernels.stop(); // threads that nobody knows of would keep the process alive
      await journal?.close();
      throw error;
    }
  }

  private constructor(
    given: StreamOptions,
    compute: Compute,
    journal: Journal | null,
    recovered: Recovered,
    owners: Owners,
    warmUpMs: number,
  ) {
    const { plane, host } = compute;
    const { now: wall, monotonicMs, onClock } = given;
    this.clock = new EngineClock({ wall, monotonicMs, writer: plane.writer, onClock });
    const options = { ...given, now: this.clock.now };
    this.options = options;
    this.compute = compute;
    this.journal = journal;
    this.recovered = recovered;
    this.kernels = recovered.kernels;
    this.totals = recovered.totals;
    this.warmUpMs = warmUpMs;
    this.archive = options.carry?.archive ?? new SignalArchive();
    this.published = options.carry?.published ?? new Float64Array(layout.STRATEGY_COUNT);
    this.progress = options.carry?.progress ?? { released: 0 };
    this.risk = createRiskState();
    this.marks = new MarkWriter(plane.writer);
    this.instances = new Instances(plane.plan, plane.ring, plane.writer, owners);
    this.rules = options.rulesNow?.() ?? options.rules;
    this.instruments = new Instruments(plane.memory, plane.plan, plane.ring, plane.writer);
    this.ingest = new Ingest({
      ...plane,
      core: host,
      now: options.now,
      ...(options.carry ? { counters: options.carry.counters } : {}),
      onDefect: (error) => options.log.error("market data met a defect of the engine and was given up", { error }),
      onSymbol: (id, name, assetType, flags) => {
        if (!this.instances.onSymbol(id, name, assetType)) return false;
        this.instruments.onSymbol({ id, name, assetType });
        if ((flags & layout.FLAG_DEMO) === 0) this.onNewSymbol(name);
        return true;
      },
    });
    const [now, closed] = [options.now, (): boolean => this.closed];
    this.learned = new Learned({ compute, instances: this.instances, now, closed });
    this.regimes = new Regimes({ compute, instances: this.instances, symbols: this.ingest.symbols, now, closed });
    this.roster = new Roster({ instances: this.instances, symbols: this.ingest.symbols, plane, now, closed });
    this.beats = new Beats({
      intervals: options.tiers,
      now: options.now,
      ...(options.carry ? { meters: options.carry.meters } : {}),
      beat: (tiers, now) => this.beat(tiers, now),
      evaluated: () => this.kernels.evaluated(plane.ring.nextSequence),
    });
  }

  /** The host's tables from the state, and the signals of the tail into the archive. */
  private begin(early: readonly SignalRecord[]): void {
    const { state, plane } = this.compute;
    this.instances.restore(plane.memory);
    for (const symbol of state.symbols()) {
      this.ingest.restoreName(layout.TABLE_SYMBOL, symbol.id, symbol.name, symbol.assetType);
    }
    for (const table of [layout.TABLE_VENUE, layout.TABLE_SERIES]) {
      for (const { id, name } of state.labels(table)) this.ingest.restoreName(table, id, name, 0);
    }
    this.risk.emergencyStop = state.latched() || this.options.carry?.stopped() === true;
    const { options, recovered, archive, rules, risk } = this;
    this.held = recall(early, { options, recovered, archive, rules, risk, names: this });
    if (this.options.holdsBack !== true) this.speak();
  }

  /** From now on signals are told as they come, and first those of which nobody was told. */
  speak(): void {
    const { held } = this;
    this.held = null;
    this.release(held ?? [], this.totals);
  }

  /** What this start has to say, as events; the journal is already listening. */
  private async settle(): Promise<void> {
    const { ring, writer } = this.compute.plane;
    const { learning, mayLearn, now } = this.options;
    writer.stamp(now());
    const begin = { cooldownUs: this.rules.cooldownUs, learning: learning && mayLearn?.() !== false };
    const portions = openingEvents(this, begin);
    while (portions.next().done !== true) {
      ring.publish();
      await this.evaluated();
      if (this.blocked !== null) throw new Error(this.blocked);
      await new Promise((resolve) => setTimeout(resolve, ROOM_POLL_MS)); // the journal may be what has no room
    }
    ring.publish();
  }

  /** Why a full ring will not have room again; null while it can. */
  get blocked(): string | null {
    if (this.failure !== null || this.journal?.status().state !== "stopped") return this.failure;
    return `the journal has stopped: ${this.journal.status().failing ?? "it was closed"}`;
  }

  get carry(): Carry {
    return {
      counters: this.ingest.counters,
      archive: this.archive,
      meters: this.beats.meters,
      published: this.published,
      progress: this.progress,
      stopped: () => this.risk.emergencyStop,
    };
  }

  /** Every symbol that the stream knows, as its worker last left it. */
  symbols(): readonly SymbolState[] {
    return this.compute.state.symbols();
  }

  /** What an instance of the strategy waits for; null while it watches nothing. */
  readiness(instance: number, strategy: number): Readiness | null {
    return this.compute.state.readiness(instance, strategy);
  }

  get status(): StreamStatus {
    return {
      failure: this.failure,
      journal: this.journal?.status() ?? null,
      nextSequence: this.compute.plane.ring.nextSequence,
      evaluated: this.kernels.watermark,
      totals: this.totals,
      emergencyStop: this.risk.emergencyStop,
    };
  }

  /** One message of market data, answered when it was evaluated and, with JOURNAL_SYNC=always, durable. */
  async process(bytes: Uint8Array, transport: Transport): Promise<Result<Processed, Failure>> {
    if (this.closed) return failed({ code: "shutting_down" });
    const batch = this.ingest.accept(bytes, transport);
    const refused = refusalOf(batch);
    if (refused) return failed(refused);
    const capture = this.captures.of(batch);
    this.ingest.publishSoon();
    if (batch.accepted > 0) {
      this.captures.add(capture);
      try {
        await this.kernels.evaluated(batch.lastSequence + 1);
        if ((await this.journal?.mayAnswer(batch.lastSequence + 1)) === false) return failed(NOT_DURABLE);
      } catch {
        return failed({ code: "restarting" }); // the cause is in the log and in /health
      } finally {
        this.captures.delete(capture);
      }
    }
    return ok({ batch, signals: capture.signals, applied: this.instances.appliedTo(batch.accepted, batch.symbols) });
  }

  /**
   * Latches or lifts the emergency stop; as an event, so that a restart keeps it. False when it could not be recorded
   * (ring full, stream closed): a stop is in force all the same, but has to be asked for again.
   */
  latch(stop: boolean): boolean {
    if (stop) this.risk.emergencyStop = true;
    if (this.closed) return false;
    const { writer, ring } = this.compute.plane;
    writer.stamp(this.options.now());
    if (!writer.write(layout.KIND_CONTROL, 0, 0, layout.CONTROL_LATCH, writer.clock, [stop ? 1 : 0])) return false;
    this.risk.emergencyStop = stop;
    ring.publish();
    return true;
  }

  /** Corrects what is known of a symbol; as events, so that workers, replay and a restart know it. */
  setInstrument(name: string, change: InstrumentChange): Result<null, Failure> {
    return this.closed ? failed({ code: "shutting_down" }) : setInstrument(this, this.options.now(), name, change);
  }

  /** Brings settings into force that operators change; false without room in the ring, then nothing has changed. */
  tune(tuning: Parameters<typeof tune>[2]): boolean {
    return !this.closed && tune(this, this.options.now(), tuning);
  }

  /** Everything published so far was evaluated. */
  evaluated(): Promise<void> {
    return this.kernels.evaluated(this.compute.plane.ring.nextSequence);
  }

  /** Asks for a snapshot at the next event; the workers hand it out, the journal writes it. */
  requestSnapshot(): void {
    const { writer, ring } = this.compute.plane;
    if (!this.journal || this.held !== null) return; // a start from it would not know what is still to be told
    if (!writer.write(layout.KIND_CONTROL, 0, 0, layout.CONTROL_SNAPSHOT, writer.clock, [])) return;
    this.snapshotAt = this.options.now();
    ring.publish();
  }

  /** Ends like every wait for a worker: it has evaluated, or has left, or its watchdog has ended it. */
  close(): Promise<void> {
    return (this.closing ??= this.shutDown());
  }

  private async shutDown(): Promise<void> {
    this.closed = true;
    this.beats.stop();
    if (this.failure === null) {
      if (this.held === null) this.marks.write(this.totals);
      this.compute.plane.ring.publish();
      await this.evaluated().catch(() => undefined); // a worker that dies meanwhile has been told of
    }
    await this.kernels.stop();
    await Promise.all([this.journal?.close(), this.archive.close()]);
  }

  private beat(tiers: number, now: EpochUs): boolean {
    const { writer, ring } = this.compute.plane;
    const clock = writer.stamp(now);
    this.ingest.flushDue(clock);
    if (!writer.write(layout.KIND_CLOCK, 0, 0, tiers, clock, [])) return false;
    if (this.held === null) this.marks.beat(this.totals);
    ring.publish();
    this.clock.tell();
    if ((tiers & layout.TIER_LEARNING) !== 0) this.options.onLearningBeat?.(clock);
    const snapshotUs = (this.options.journal?.snapshotMs ?? 0) * US_PER_MS;
    if (this.snapshotAt === 0) this.snapshotAt = now;
    if (snapshotUs > 0 && now - this.snapshotAt >= snapshotUs) this.requestSnapshot();
    return true;
  }

  private release(records: readonly SignalRecord[], totals: SignalTotals): void {
    this.totals = totals;
    if (this.held !== null) {
      for (const record of records) this.held.push(record);
      return;
    }
    this.progress.released = totals.sequence; // an opening that fails later has published these all the same
    this.instances.owners.settled = totals.sequence;
    if (records.length === 0) return;
    const signals = viewSignals(records, this, this.options.signalMark);
    const { approved, refused } = assess(signals, this.rules, this.risk);
    for (const { reason } of refused) this.refusals.set(reason, (this.refusals.get(reason) ?? 0) + 1);
    this.archive.append(approved);
    const told = new Set<Signal | undefined>(approved.filter(({ action }) => action !== "exit"));
    for (const [index, { strategy }] of records.entries())
      if (told.has(signals[index])) this.published[strategy] = (this.published[strategy] ?? 0) + 1;
    this.captures.take(approved);
    if (approved.length > 0) this.options.onApproved(approved);
    this.archive.tell(totals.sequence);
  }

  symbolName(id: number): string {
    return this.ingest.symbols.nameOf(id) || `#${id}`;
  }

  strategyId(instance: number, sequence: number): string | null {
    return this.instances.owners.strategyAt(instance, sequence);
  }

  private fail(reason: string): void {
    this.failure ??= reason;
    this.options.log.error("kernel worker failed", { reason });
    if (this.opened) this.options.onFailure(reason); // before, the opening itself fails
  }
}
