// Data plane and records as main.ts joins them, in this process, with learners of the test's own and a clock that it
// moves. What is opened is closed when the test ends.
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { EmbeddedBus } from "../../../src/bus/embedded-bus.ts";
import { DataPlane, Records } from "../../../src/engine/engine.ts";
import type { Learning, SelectionPolicy } from "../../../src/manage/learning/learning.ts";
import type { Manage } from "../../../src/manage/manage.ts";
import type { Store } from "../../../src/store/store.ts";
import { Stream } from "../../../src/stream/stream.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { CONFIG_DEFAULTS } from "../manage/config-defaults.ts";
import { opened } from "../store/store-files.ts";

export interface LearningEngine {
  readonly plane: DataPlane;
  readonly manage: Manage;
  readonly learning: Learning;
  readonly store: Store;
  /** Moves the engine clock on. */
  pass(us: number): void;
  close(): Promise<void>;
}

/** An engine that is opened again goes on from where the clock was. */
let lastClock = 0;

/** `dir`: of its journal and its database; `history`: a data folder with recorded bars to train on. */
export async function openLearning(
  dir: string,
  history: string | null = null,
  selection: SelectionPolicy = "propose",
): Promise<LearningEngine> {
  let clock = Math.max(lastClock, Date.UTC(2026, 10, 18, 12) * 1000);
  const now = (): number => (lastClock = clock += 1000);
  const bus = new EmbeddedBus();
  const open = () => opened({ file: join(dir, "engine.db") });
  const runs = { dataDir: history, timeoutMs: 60_000, engineVersion: "" };
  const settings = {
    configDefaults: CONFIG_DEFAULTS,
    runs,
    learning: { share: 0.05, policy: "propose", selection },
  } as const;
  const records = new Records({ open, bus, now, log: SILENT_LOG, ...settings });
  const retention = { bytes: 1 << 30, ageMs: 3_600_000 };
  const plane = await DataPlane.open({
    open: async (onFailure, carry) =>
      records.join(
        await Stream.open({
          capacity: { maxSymbols: 64, maxInstances: 64, workers: 1 },
          tiers: { fastMs: 100, tacticalMs: 1000, strategicMs: 10_000, learningMs: 60_000 },
          rules: { confidenceFloor: 0, cooldownUs: 1_000_000 },
          learning: true,
          journal: { dir: join(dir, "journal"), sync: "always", segmentBytes: 1 << 24, retention, snapshotMs: 60_000 },
          now,
          monotonicMs: () => performance.now(),
          log: SILENT_LOG,
          onApproved: (signals) => records.onApproved(signals),
          onFailure,
          ...records.hooks,
          ...(carry ? { carry } : {}),
        }),
      ),
    bus,
    demo: false,
    now,
    log: SILENT_LOG,
  });
  let closed: Promise<void> | null = null;
  const close = (): Promise<void> => (closed ??= plane.close().then(() => records.close()));
  onTestFinished(close);
  const { manage } = records;
  const pass = (us: number): void => {
    clock += us;
  };
  return { plane, manage, learning: manage.learning, store: records.store, pass, close };
}
