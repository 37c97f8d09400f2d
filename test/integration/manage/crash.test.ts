// Store and journal become durable at different moments. Whichever is ahead when the process ends, the next start brings
// the core to what the registry says: here one of the two is put back to an earlier state while the engine is down.
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { EmbeddedBus } from "../../../src/bus/embedded-bus.ts";
import { DataPlane, Records } from "../../../src/engine/engine.ts";
import { Stream, type Approved } from "../../../src/stream/stream.ts";
import { SILENT_LOG, type Log } from "../../../src/telemetry/log.ts";
import { dataDir, referenceTrend, register, speakers, startEngine, type Message } from "../../support/manage/engine.ts";
import { CONFIG_DEFAULTS } from "../../support/manage/config-defaults.ts";
import { opened } from "../../support/store/store-files.ts";
import type { EngineProcess } from "../../support/engine-process.ts";

const MOMENTUM = { strategy_type: "momentum_rider" };

async function instances(engine: EngineProcess): Promise<unknown> {
  return ((await engine.get("/api/strategy_engine/summary"))["integration_stats"] as Message)["instances"];
}

/** Copies the journal or the database away, and back over what has come since. */
function copyOf(dir: string, what: "journal" | "store"): () => void {
  const kept = dataDir();
  const names = what === "journal" ? ["journal"] : ["engine.db", "engine.db-wal", "engine.db-shm"];
  for (const name of names)
    cpSync(join(dir, name), join(kept, name), { recursive: true, force: true, errorOnExist: false });
  return () => {
    for (const name of names) {
      rmSync(join(dir, name), { recursive: true, force: true });
      cpSync(join(kept, name), join(dir, name), { recursive: true });
    }
  };
}

describe("the core after a crash", () => {
  it("gets the instances and changes that only the store has", async () => {
    const env = { DATA_DIR: dataDir(), JOURNAL_SYNC: "always" };
    const first = await startEngine(env);
    const changed = await register(first, { ...MOMENTUM, parameters: { momentum_threshold: 100 } });
    const paused = await register(first, MOMENTUM);
    const deleted = await register(first, MOMENTUM);
    await first.stop();
    const back = copyOf(env.DATA_DIR, "journal");
    const second = await startEngine(env);
    const added = await register(second, MOMENTUM);
    await second.ask("PUT", `/api/strategy/${changed}`, { parameters: { momentum_threshold: null } });
    await second.ask("POST", `/strategies/${paused}/pause`);
    await second.ask("DELETE", `/strategies/${deleted}`);
    await second.kill();
    back();
    const third = await startEngine(env);
    expect(new Set(await speakers(third, "BTCUSD"))).toEqual(new Set([null, changed, added]));
    expect(await instances(third)).toBe(18 + 3);
  });

  it("loses the instances and changes that only the journal has", async () => {
    const env = { DATA_DIR: dataDir(), JOURNAL_SYNC: "always" };
    const first = await startEngine(env);
    const kept = await register(first, { ...MOMENTUM, parameters: { momentum_threshold: 100 } });
    await first.kill();
    const back = copyOf(env.DATA_DIR, "store");
    const second = await startEngine(env);
    await register(second, MOMENTUM);
    await second.ask("PUT", `/api/strategy/${kept}`, { parameters: { momentum_threshold: null } });
    expect(await speakers(second, "BTCUSD")).toContain(kept);
    await second.kill();
    back();
    const third = await startEngine(env);
    expect(new Set(await speakers(third, "ETHUSD"))).toEqual(new Set([null]));
    expect(await instances(third)).toBe(18 + 1);
    expect((await third.get(`/strategies/${kept}`))["version"]).toBe("1.0.0");
    // What the vanished strategy said keeps being somebody's who is not the engine itself.
    const { signals } = (await third.get("/signals?symbol=BTCUSD")) as { signals: Message[] };
    expect(new Set(signals.map((signal) => signal["strategy_id"]))).toEqual(new Set([null, kept, "strat_unknown"]));
  });
});

interface Together {
  readonly plane: DataPlane;
  readonly records: Records;
  /** Filled with what is published. */
  readonly signals: Approved[];
  restarted(): Promise<void>;
}

/** Data plane and registry as main.ts joins them, in this process. */
async function openTogether(dir: string): Promise<Together> {
  const signals: Approved[] = [];
  let heard: () => void = () => undefined;
  const log: Log = { ...SILENT_LOG, warn: (message) => message === "data plane restarted" && heard() };
  let clock = Date.UTC(2026, 10, 18, 12) * 1000;
  const now = (): number => (clock += 1000);
  const bus = new EmbeddedBus();
  const records = new Records({ open: () => opened({ file: null }), bus, now, log, configDefaults: CONFIG_DEFAULTS });
  const retention = { bytes: 1 << 30, ageMs: 3_600_000 };
  const plane = await DataPlane.open({
    open: async (onFailure, carry) =>
      records.join(
        await Stream.open({
          capacity: { maxSymbols: 64, maxInstances: 64, workers: 2 },
          tiers: { fastMs: 100, tacticalMs: 1000, strategicMs: 10_000, learningMs: 60_000 },
          rules: { confidenceFloor: 0, cooldownUs: 1_000_000 },
          learning: true,
          journal: { dir, sync: "batch", segmentBytes: 1 << 24, retention, snapshotMs: 60_000 },
          now,
          monotonicMs: () => performance.now(),
          log,
          onApproved: (batch) => signals.push(...batch),
          onFailure,
          ...records.hooks,
          ...(carry ? { carry } : {}),
        }),
      ),
    bus,
    demo: false,
    now,
    log,
  });
  onTestFinished(async () => {
    await plane.close();
    await records.close();
  });
  plane.start();
  return { plane, records, signals, restarted: () => new Promise((resolve) => (heard = resolve)) };
}

describe("a stream that is opened again while the engine runs", () => {
  it("has the instances under their ids, and takes what was changed meanwhile", async () => {
    const { plane, records, signals, restarted } = await openTogether(dataDir());
    const { registry } = records.manage;
    const one = await registry.register({ type: "momentum_rider" }, "test");
    const other = await registry.register({ type: "momentum_rider" }, "test");
    if (!one.ok || !other.ok) throw new Error("a registration was refused");
    const again = restarted();
    plane.stream["kernels"].look();
    plane.stream["kernels"].look(); // the watchdog takes a waiting worker for a hung one
    await registry.move(other.value.strategyId, "pause", { actor: "test" });
    await again;
    const speaking = async (symbol: string) => {
      signals.length = 0;
      const bytes = new TextEncoder().encode(JSON.stringify({ market_data: referenceTrend(symbol, 1_755_700_000) }));
      await plane.stream.process(bytes, "http");
      return new Set(signals.filter(({ type }) => type === "momentum_rider").map(({ strategyId }) => strategyId));
    };
    let round = 0;
    await expect
      .poll(() => speaking(`S${round++}USDT`), { interval: 200 })
      .toEqual(new Set([null, one.value.strategyId]));
  });
});
