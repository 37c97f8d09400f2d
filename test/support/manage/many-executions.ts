// As many executions as there may be, ready to be stopped: the store, the stream, the risk board and the thread of the
// executions are the real ones. The strategies trade signals, one symbol each.
import type { Approved } from "../../../src/domain/approved.ts";
import { ok } from "../../../src/domain/result.ts";
import { Executions } from "../../../src/manage/executions/executions.ts";
import { Alerts, Audit } from "../../../src/manage/oversight/oversight.ts";
import type { Strategy } from "../../../src/manage/manage.ts";
import { Risk } from "../../../src/manage/risk/risk.ts";
import { ASSET_TYPES } from "../../../src/domain/asset-type.ts";
import { openStore, type Store } from "../../../src/store/store.ts";
import { strategyTable, type StrategyRecord } from "../../../src/store/strategies.ts";
import { Stream } from "../../../src/stream/stream.ts";
import { Tap } from "../../../src/stream/tap.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { QUIET_STREAM } from "../quiet-stream.ts";

export const MANY = 5_000;
const SYMBOLS = 100;
const now = (): number => Math.floor((performance.timeOrigin + performance.now()) * 1000);

/** Whoever opens it closes it. */
export async function manyExecutions() {
  const store = await openStore({ file: null, log: SILENT_LOG });
  if (!store.ok) throw new Error(store.failure);
  const rows = Array.from({ length: MANY }, (_, index) => recordOf(index));
  for (let from = 0; from < MANY; from += 500)
    await store.value.commit(rows.slice(from, from + 500).map((one) => strategyTable.insert(one)));
  const strategies = new Map((rows as unknown as readonly Strategy[]).map((one) => [one.strategyId, one]));
  const { risk, alerts, audit } = await riskOver(store.value);
  const stream = await Stream.open({
    ...QUIET_STREAM,
    capacity: { maxSymbols: 256, maxInstances: 64, workers: 1 },
    now,
    monotonicMs: () => performance.now(),
  });
  const executions = new Executions({
    store: store.value,
    now,
    log: SILENT_LOG,
    strategy: (id) => strategies.get(id) ?? null,
    compiled: () => Promise.resolve(ok(null)),
    shares: () => Promise.resolve(null),
    gates: () => [],
    autoResume: false,
    seats: risk.seats,
  });
  const names = Array.from({ length: SYMBOLS }, (_, id) => [id, nameOf(id)] as const);
  const plane = { tap: new Tap(stream.compute.plane), halted: false, names: () => names, price: () => 0 };
  executions.join({ ...plane, left: () => [] });
  const ids = [...strategies.keys()];
  const feed = (price: number): void => {
    const ticks = Array.from({ length: SYMBOLS }, (_, id) => `{"symbol":"${nameOf(id)}","price":${price},"volume":1}`);
    stream.ingest.accept(Buffer.from(`[${ticks.join(",")}]`), "http");
    stream.ingest.publish();
  };
  const buy = (from: number, count: number): void =>
    executions.onApproved(
      ids.slice(from, from + count).map((strategyId, index) => {
        const price = { entry: 100, stop: 50, target: 200 };
        const symbol = nameOf((from + index) % SYMBOLS);
        const sequence = stream.compute.plane.ring.nextSequence - 1;
        const signal = { strategyId, symbol, action: "buy", type: "momentum_rider", extra: {}, ...price, sequence };
        return signal as unknown as Approved;
      }),
    );
  const start = async (): Promise<void> => {
    for (const id of ids) {
      const started = await executions.start(id, {}, (_, statements) => store.value.commit(statements));
      if (!started.ok) throw new Error(JSON.stringify(started.failure));
    }
  };
  const close = async (): Promise<void> => {
    await executions.close();
    await risk.close();
    await alerts.close();
    await audit.close();
    await stream.close();
    await store.value.close();
  };
  return { executions, risk, feed, buy, start, close };
}

async function riskOver(store: Store) {
  const audit = new Audit(store, now, SILENT_LOG);
  const alerts = new Alerts({ store, now, log: SILENT_LOG });
  const pause = (): void => undefined;
  const risk = new Risk({
    store,
    audit,
    alerts,
    now,
    log: SILENT_LOG,
    timezone: "UTC",
    pause,
    nameOf: (id) => id,
  });
  await risk.load();
  return { risk, alerts, audit };
}

function nameOf(symbol: number): string {
  return `S${symbol}USD`;
}

function recordOf(index: number): StrategyRecord {
  return {
    strategyId: `strat_halt${String(index).padStart(5, "0")}`,
    strategyName: `halt ${index}`,
    version: "1.0.0",
    codeHash: "",
    parameters: { symbols: [nameOf(index % SYMBOLS)] },
    riskLimits: {},
    language: "assemblyscript",
    createdAt: 1,
    updatedAt: 1,
    deletedAt: null,
    kind: "builtin",
    strategyType: "trend_following",
    implementation: "momentum_rider",
    assetTypes: ASSET_TYPES,
    status: "deployed",
    statusBefore: null,
    deployedVersion: "1.0.0",
    lastError: null,
    code: "",
  };
}
