// Builds the rooms, joins them, starts and stops them; the only file that knows them all.
import { join } from "node:path";
import { announce, TOPICS, type Bus } from "./bus/bus.ts";
import { isLoopback, type Config } from "./config.ts";
import {
  createEngine,
  DataPlane,
  liveMetrics,
  openTransport,
  Records,
  tellBars,
  tellExecutions,
  tellStrategies,
  type Transport,
} from "./engine/engine.ts";
import type { Result } from "./domain/result.ts";
import type { ShardSeat } from "./domain/seat.ts";
import { type Manage, pipelineView, type PipelineSettings, STAGE_NAMES, webhooksOf } from "./manage/manage.ts";
import {
  accessBy,
  AnswerBook,
  checkTls,
  type Guard,
  Live,
  loadGuard,
  Server,
  type ServerOptions,
} from "./server/server.ts";
import { packageVersion } from "./package-version.ts";
import { STORE_FILE } from "./store/backup.ts";
import { openStore, type Store, type ThreadedStore } from "./store/store.ts";
import { Outlets, Stream, type Approved, type StreamOptions } from "./stream/stream.ts";
import type { Log } from "./telemetry/log.ts";

export interface Running {
  readonly ports: readonly number[];
  /** Whether it has begun with a synthetic market: wanted, and no real tick has ever come. */
  readonly demo: boolean;
  /** Why the data plane does not work at the moment, and whether it has stopped trying. */
  condition(): { readonly trouble: string | null; readonly down: boolean };
  /** Resolves once, when the engine has stopped for good. */
  stop(reason: string): Promise<void>;
}

/** A start that cannot be: one sentence for stderr, no stack. */
export class StartError extends Error {}

const HOUR_MS = 3_600_000;
const CLOCK_DRIFT_US = 5_000;

/** With a seat it is the engine of one shard: reached through its node only, its ticks come from the shard's stream. */
export async function start(given: Config, logger: Log, seat: ShardSeat | null = null): Promise<Running> {
  const startedAt = performance.now();
  const [config, log] = seat === null ? [given, logger] : seated(given, logger, seat);
  reportHost(config, log);
  const door = doorOptions(config, log);
  const transport = startedWith(await openTransport(config, log, wallClockUs, seat, packageVersion()));
  const { bus } = transport;
  const outlets = new Outlets(bus, config.signalTtlSeconds, transport.publisher, log);
  const live = liveOf(config, door.guard, log);
  const onApproved = (signals: readonly Approved[]): void => {
    live.onApproved(signals);
    records.onApproved(signals);
    outlets.onApproved(signals);
  };
  const out = { onApproved, mayTake: () => outlets.mayTake };
  const { records, answers, checkStore } = recordsOf(config, log, transport);
  const plane = await openPlane(config, log, transport, records, live, out).catch(async (error: unknown) => {
    await records.close();
    await transport.close();
    throw error;
  });
  let ready = false;
  const { manage } = records;
  tellAll(records, live, bus, plane);
  const parts = { plane, manage, records, bus, live, startedAt, redisExpected: config.redisUrl !== null, log };
  live.startMetrics(liveMetrics(parts, () => performance.now()));
  const engine = createEngine({
    ...parts,
    version: packageVersion(),
    ready: () => ready && plane.trouble === null,
    ...latchHooks(manage, log),
  });
  const { host, port } = config;
  const server = Server.start(engine, live, { ...door, book: answers() });
  if (!server.ok) {
    await Promise.all([plane.close(), records.close(), transport.close()]);
    throw new StartError(`port ${port} on ${host} is taken; set PORT to another one, or stop who has it`);
  }
  outlets.begin(() => plane.stream);
  plane.start();
  ready = true;
  manage.prepare();
  log.info("ready", {
    ...server.value.told,
    messagebus: bus.kind,
    demo: plane.demoRunning,
    start_ms: Math.round(performance.now() - startedAt),
  });
  checkStore();
  const stop = stopper(log, async () => {
    ready = false;
    await server.value.close();
    await plane.close();
    await outlets.close();
    await records.close();
    await transport.close();
  });
  return { ports: server.value.ports, demo: plane.demoRunning, condition: conditionOf(plane), stop };
}

function conditionOf(plane: DataPlane): Running["condition"] {
  return () => ({ trouble: plane.trouble, down: plane.down });
}

/** Certificate and limits are those of its node, which asks on behalf of many. */
function seated(config: Config, log: Log, { shard, epoch }: ShardSeat): readonly [Config, Log] {
  const door = { host: "127.0.0.1", port: 0, compatPort: 0, tlsCert: null, tlsKey: null, rateLimitPerMinute: 0 };
  return [{ ...config, ...door, demo: false, ingest: "streams" }, log.child({ shard, epoch })];
}

/** What the door needs, checked before anything is begun: keys, tokens, certificate. */
function doorOptions(config: Config, log: Log): ServerOptions & { readonly guard: Guard } {
  const { host, port, compatPort, corsOrigin, rateLimitPerMinute, tlsCert: certFile, tlsKey: keyFile } = config;
  const guard = loadGuard(config, () => Date.now());
  if (!guard.ok) throw new StartError(guard.failure);
  const tls = certFile === null || keyFile === null ? null : checkTls({ certFile, keyFile }, Date.now());
  if (tls !== null && !tls.ok) throw new StartError(tls.failure);
  if (guard.value.anonymous === null && tls === null && !isLoopback(host)) {
    log.warn("keys travel in clear text: set TLS_CERT and TLS_KEY, or put a proxy with TLS in front", { host });
  }
  const options = { host, port, compatPort, corsOrigin, rateLimitPerMinute, log };
  return { ...options, guard: guard.value, tls: tls?.value ?? null };
}

/** What connects the engine with others: the bus, with INGEST=streams the stream that ticks come from, a real venue. */
function startedWith<T>(opened: Result<T, string>): T {
  if (!opened.ok) throw new StartError(opened.failure);
  return opened.value;
}

function liveOf(config: Config, guard: Guard, log: Log): Live {
  return new Live({
    bufferBytes: config.wsBufferBytes,
    slowMs: config.wsSlowMs,
    maxConnections: config.wsMaxConnections,
    access: accessBy(guard),
    onFault: (error) => log.error("a request on a socket could not be served", { error }),
  });
}

/** M4_MAX: deployments search their log for this word. */
function reportHost(config: Config, log: Log): void {
  log.info("M4_MAX", {
    optimized: config.m4MaxOptimized,
    arch: process.arch,
    node: process.version,
    wasm_simd: true,
    workers: config.strategyWorkers,
  });
}

function openPlane(
  config: Config,
  log: Log,
  { bus, source, signalMark }: Transport,
  records: Records,
  live: Live,
  { onApproved, mayTake }: { readonly onApproved: StreamOptions["onApproved"]; readonly mayTake: () => boolean },
): Promise<DataPlane> {
  const alarm = (message: string): void =>
    void records.manage.alerts.raise({ level: "critical", type: "system", message });
  return DataPlane.open({
    open: async (onFailure, carry) => {
      const hooks = { onApproved, onFailure, signalMark, ...records.hooks, ...(carry ? { carry } : {}) };
      const stream = await openStream(config, log, hooks);
      reportRecovery(stream, log);
      if (!carry) live.channels.signals.restore(stream.archive.all()); // it holds back: they are of runs before this one
      return records.join(stream);
    },
    bus,
    source,
    mayTake,
    demo: config.demo,
    now: wallClockUs,
    log,
    onNewSymbol: () => records.manage.instruments.seen(),
    onFault: (reason) => alarm(`the data plane starts again: ${reason}`),
    onReplaced: alarm,
  });
}

/** The emergency stop and its end are in the log and somebody should look at them. */
function latchHooks(
  { alerts, pipelines }: Manage,
  log: Log,
): { readonly onEmergencyStop: (reason: string) => void; readonly onResume: (reason: string) => void } {
  const tell = (level: "critical" | "info", what: string, reason: string): void => {
    const message = reason.trim() === "" ? what : `${what}: ${reason}`;
    log.warn(what, { reason });
    alerts.raise({ level, type: "risk", message, state: "emergency_stop" });
  };
  return {
    onEmergencyStop: (reason) => {
      pipelines.emergencyStop(reason);
      tell("critical", "emergency stop", reason);
    },
    onResume: (reason) => tell("info", "emergency stop lifted", reason),
  };
}

/**
 * What happens in the management plane goes to the sockets and the bus. In the turn in which records were joined with the
 * stream: limits are looked at from then on, and whom they stop has to hear it.
 */
function tellAll(records: Records, live: Live, bus: Bus, plane: DataPlane): void {
  const { manage } = records;
  tellAlerts(manage.alerts, live, bus);
  tellPipelines(manage, live, plane);
  manage.onResearch((update) => live.channels.research.publish([update]));
  tellExecutions(manage, live);
  tellStrategies(manage, live);
  live.onBeat = () => tellBars({ plane, records }, live);
}

/** Alerts go to the sockets and the bus; those that are open since an earlier run are in the snapshot of their channel. */
function tellAlerts(alerts: Manage["alerts"], live: Live, bus: Bus): void {
  live.channels.alerts.restore(alerts.open().map((alert) => ({ data: alerts.view(alert) })));
  alerts.onAlert((alert) => {
    const data = alerts.view(alert);
    live.channels.alerts.publish([{ data }]);
    if (!alert.acknowledged) announce(bus, TOPICS.alert, data);
  });
}

/** Pipelines go to the sockets; what the ones of an earlier run came to is in the snapshot of their channel. */
function tellPipelines({ pipelines, registry }: Manage, live: Live, plane: DataPlane): void {
  const restored = pipelines.recent().map((record) => {
    const event = record.status as "awaiting_approval" | "completed" | "failed"; // none runs so early
    return { data: { ...pipelineView(record, registry.nameOf(record.strategyId)), event, stage: null } };
  });
  live.channels.pipeline.restore(restored);
  pipelines.join(
    () => plane.stream.status.emergencyStop,
    (news) => live.channels.pipeline.publish([news]),
  );
}

/** The data plane alone, with its journal: what `start` serves and `import` fills. */
export function openStream(
  config: Config,
  log: Log,
  hooks: Pick<StreamOptions, "onApproved" | "onFailure" | "carry" | "signalMark" | keyof Records["hooks"]>,
): Promise<Stream> {
  const journal = config.dataDir
    ? {
        dir: join(config.dataDir, "journal"),
        sync: config.journalSync,
        segmentBytes: config.journalSegmentBytes,
        retention: { bytes: config.journalRetentionBytes, ageMs: config.journalRetentionHours * HOUR_MS },
        snapshotMs: config.snapshotIntervalMs,
        signalsDir: join(config.dataDir, "signals"),
      }
    : null;
  return Stream.open({
    capacity: { maxSymbols: config.maxSymbols, maxInstances: config.maxInstances, workers: config.strategyWorkers },
    tiers: {
      fastMs: config.tierFastMs,
      tacticalMs: config.tierTacticalMs,
      strategicMs: config.tierStrategicMs,
      learningMs: config.tierLearningMs,
    },
    rules: { confidenceFloor: 0, cooldownUs: config.signalCooldownMs * 1000 },
    learning: true,
    journal,
    now: wallClockUs,
    monotonicMs: () => performance.now(),
    log,
    ...hooks,
  });
}

/** The records, and the book of answers that lies in the same store once that is open. */
function recordsOf(
  config: Config,
  log: Log,
  { bus, venue, line }: Transport,
): { records: Records; answers: () => AnswerBook | null; checkStore: () => void } {
  let book: AnswerBook | null = null;
  let store: ThreadedStore | null = null;
  const onTrouble = (reason: string): void => {
    records.whenOpen((manage) =>
      manage.alerts.raise({ level: "critical", type: "system", message: `store: ${reason}` }),
    );
  };
  const open = async (): Promise<Store> => {
    store = await openRecords(config, log, onTrouble);
    book = new AnswerBook(store, () => Date.now(), log);
    return book.marking;
  };
  const tiers = {
    fast_ms: config.tierFastMs,
    tactical_ms: config.tierTacticalMs,
    strategic_ms: config.tierStrategicMs,
    learning_ms: config.tierLearningMs,
  };
  const configDefaults = { tiers, risk: { signal_cooldown_ms: config.signalCooldownMs } };
  const timeoutMs = config.strategyTimeoutS * 1000;
  const runs = { dataDir: config.historyDir, timeoutMs, engineVersion: packageVersion(), line };
  const records = new Records({
    open,
    bus,
    now: wallClockUs,
    log,
    configDefaults,
    runs,
    pipeline: pipelineSettings(config),
    sandbox: {
      folder: config.compiledDir ?? (config.dataDir === null ? null : join(config.dataDir, "compiled")),
      warm: config.strategyCompilerWarm,
      limits: { memoryBytes: config.strategyMaxMemoryBytes, cpuCores: config.strategyMaxCpuCores },
    },
    learning: {
      share: config.learningMaxCpuCores,
      policy: config.generatorPolicy,
      selection: config.strategySelection,
    },
    autoResume: config.autoResume,
    venue,
    timezone: config.riskTimezone,
    stopFile: config.dataDir === null ? null : join(config.dataDir, "emergency-stop"),
    webhooks: { webhooks: webhooksOf(config.alertWebhooks), allowPrivate: config.alertWebhookAllowPrivate },
  });
  return { records, answers: () => book, checkStore: () => store?.checkRest() };
}

function pipelineSettings(config: Config): PipelineSettings {
  return {
    concurrent: config.maxConcurrentDeployments,
    stages: STAGE_NAMES.filter((name) => config.pipelineStages.includes(name)),
    timeoutMs: config.strategyTimeoutS * 1000,
    rollback: config.autoRollbackEnabled,
    approval: config.deploymentApprovalRequired,
    validation: config.validationMode,
    stepMs: config.rolloutStepMs,
    soakMs: config.paperSoakMinutes * 60_000,
    evidence: config.rolloutEvidence,
  };
}

/** What outlives the process: strategies, executions, settings. */
async function openRecords(config: Config, log: Log, onTrouble: (reason: string) => void): Promise<ThreadedStore> {
  const file = config.dataDir ? join(config.dataDir, STORE_FILE) : null;
  return startedWith(await openStore({ file, log, onTrouble }));
}

/** Microseconds since the epoch: the wall clock's milliseconds, refined by the monotonic clock between two of them. */
function wallClockUs(): number {
  const fine = Math.floor((performance.timeOrigin + performance.now()) * 1000);
  const wall = Date.now() * 1000;
  // The monotonic clock does not follow corrections of the wall clock; beyond a few milliseconds the wall clock counts.
  return Math.abs(fine - wall) < CLOCK_DRIFT_US ? fine : wall;
}

function reportRecovery(stream: Stream, log: Log): void {
  const { events, snapshot, totals, stateHash, marksChecked, mismatches, seconds } = stream.recovered;
  const fields = {
    next_sequence: totals.sequence,
    snapshot,
    events_replayed: events,
    signals: totals.count,
    state_hash: hex(stateHash),
    signal_hash: hex(totals.hash),
    marks_checked: marksChecked,
    mismatches,
    seconds,
    warm_up_ms: Math.round(stream.warmUpMs),
  };
  if (mismatches > 0) log.error("recovered, but the journal recorded other signals than were computed again", fields);
  else log.info("recovered", fields);
}

/** Hashes in logs and tools: sixteen hexadecimal digits. */
export function hex(hash: bigint): string {
  return hash.toString(16).padStart(16, "0");
}

function stopper(log: Log, work: () => Promise<void>): (reason: string) => Promise<void> {
  let stopping: Promise<void> | null = null;
  return (reason) => {
    stopping ??= (async () => {
      log.info("stopping", { reason });
      await work();
      log.info("stopped");
      log.flush();
    })();
    return stopping;
  };
}
