// What learning costs the fast tier: how long a message of ticks takes from its bytes to its evaluated signals, with the
// learning tier at work and without it, in rounds that take turns. At work: the generator runs one generation after the
// other in its thread within LEARNING_MAX_CPU's default, over recorded history; every second there is a learning beat with
// the learners that need no user, and a threshold is moved, stored, audited and journaled. Stream, store and thread are
// the real ones. In the ratios 1 is no change: what is left of speed with learning on.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { importFile, openHistory } from "../../src/history/history.ts";
import { Composer } from "../../src/manage/learning/composer.ts";
import { Generator } from "../../src/manage/learning/generator.ts";
import { Learning, type LearningTarget } from "../../src/manage/learning/learning.ts";
import { LearningThread } from "../../src/manage/learning/work.ts";
import { Audit } from "../../src/manage/oversight/oversight.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { Stream } from "../../src/stream/stream.ts";
import { SILENT_LOG } from "../../src/telemetry/log.ts";
import { Random } from "../../test/support/random.ts";
import type { Result } from "../result.ts";
import { figureOfLatencies, median } from "../runner.ts";

const SYMBOLS = 200;
const TICKS = 50;
const ROUNDS = 9;
const MESSAGES = 400;
const GAP_MS = 4;
const BEAT_MS = 1_000;
const HOUR_US = 3_600_000_000;
const BARS = 4_000;
const QUALITY: LearningTarget = { kind: "threshold", strategy: "mean_reversion", name: "min_signal_quality" };

export async function run(): Promise<readonly Result[]> {
  const stage = await Stage.open();
  try {
    await stage.round(true);
    await stage.round(false);
    const pairs: { readonly on: readonly number[]; readonly off: readonly number[] }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const first = await stage.round(round % 2 === 0);
      const second = await stage.round(round % 2 !== 0);
      pairs.push(round % 2 === 0 ? { on: first, off: second } : { on: second, off: first });
    }
    if (stage.learning.book.applied < ROUNDS) throw new Error("learning made no changes: it was not at work");
    if (stage.candidates === 0) throw new Error("the generator ran no candidate: it was not at work");
    const on = figureOfLatencies(
      "learning on",
      pairs.flatMap((pair) => pair.on),
    );
    const off = figureOfLatencies(
      "learning off",
      pairs.flatMap((pair) => pair.off),
    );
    const ratioOf = (pick: "medianNs" | "p99Ns"): number =>
      median(
        pairs.map((pair) => (figureOfLatencies("", pair.off)[pick] ?? 0) / (figureOfLatencies("", pair.on)[pick] ?? 1)),
      );
    const note = `${MESSAGES} messages a round of ${TICKS} ticks, ${SYMBOLS} symbols, ${GAP_MS} ms apart; ${stage.learning.book.applied} changes`;
    return [
      { name: "fast tier beside learning, median", pairs: [on, off], ratio: ratioOf("medianNs"), note },
      { name: "fast tier beside learning, p99", pairs: [on, off], ratio: ratioOf("p99Ns"), note },
    ];
  } finally {
    await stage.close();
  }
}

class Stage {
  readonly learning: Learning;
  candidates = 0;
  private readonly stream: Stream;
  private readonly store: Store;
  private readonly thread: LearningThread;
  private readonly dir: string;
  private readonly random = new Random(8);
  private readonly prices = Array.from({ length: SYMBOLS }, () => 100);
  private clock = HOUR_US;
  private up = false;

  static async open(): Promise<Stage> {
    const dir = mkdtempSync(join(tmpdir(), "fast-tier-"));
    await record(dir);
    const store = await openStore({ file: join(dir, "engine.db"), log: SILENT_LOG });
    if (!store.ok) throw new Error(store.failure);
    const stream = await Stream.open({
      capacity: { maxSymbols: 256, maxInstances: 64, workers: 1 },
      tiers: { fastMs: 100, tacticalMs: 1_000, strategicMs: 10_000, learningMs: 60_000 },
      rules: { confidenceFloor: 0, cooldownUs: 1_000_000 },
      learning: true,
      journal: null,
      now: () => Date.now() * 1_000,
      monotonicMs: () => performance.now(),
      log: SILENT_LOG,
      onApproved: () => undefined,
      onFailure: (reason) => {
        throw new Error(reason);
      },
    });
    return new Stage(dir, store.value, stream);
  }

  private constructor(dir: string, store: Store, stream: Stream) {
    this.dir = dir;
    this.store = store;
    this.stream = stream;
    const now = (): number => Date.now() * 1_000;
    this.thread = new LearningThread({ share: 0.05, log: SILENT_LOG });
    const generator = new Generator({
      policy: "propose",
      thread: this.counting(),
      dataDir: dir,
      engineVersion: "bench",
      log: SILENT_LOG,
    });
    this.learning = new Learning({
      store,
      audit: new Audit(store, now, SILENT_LOG),
      now,
      log: SILENT_LOG,
      thresholds: () => ({ setAt: 0, owed: false, found: 0, renewed: false }),
      dataDir: dir,
      engineVersion: "bench",
      learners: [new Composer(), generator],
    });
    this.learning.join(stream);
  }

  /** Latencies of one round, nanoseconds. */
  async round(on: boolean): Promise<readonly number[]> {
    const latencies: number[] = [];
    const timer = on ? setInterval(() => this.beat(), BEAT_MS) : undefined;
    if (on) this.beat();
    for (let message = 0; message < MESSAGES; message++) {
      await new Promise((resolve) => setTimeout(resolve, GAP_MS));
      const bytes = this.ticks();
      const begun = process.hrtime.bigint();
      const done = await this.stream.process(bytes, "http");
      latencies.push(Number(process.hrtime.bigint() - begun));
      if (!done.ok) throw new Error(JSON.stringify(done.failure));
    }
    clearInterval(timer);
    this.thread.stop();
    await this.learning.rounds.idle();
    return latencies;
  }

  async close(): Promise<void> {
    await this.thread.close();
    await this.learning.close();
    await this.stream.close();
    await this.store.close();
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** The generator is due at every one of them. */
  private beat(): void {
    this.clock += HOUR_US;
    this.learning.beat(this.clock);
    this.up = !this.up;
    const change = { target: QUALITY, to: this.up ? 0.11 : 0.1, reason: "the bench", evidence: {} };
    void this.learning.book.apply(change, "learning:bench");
  }

  private counting(): Pick<LearningThread, "run" | "busy"> {
    const { thread } = this;
    return {
      get busy() {
        return thread.busy;
      },
      run: (job) => {
        this.candidates += 1;
        return thread.run(job);
      },
    };
  }

  private ticks(): Uint8Array {
    const timestamp = Date.now() / 1_000;
    const market_data = Array.from({ length: TICKS }, () => {
      const place = this.random.integer(SYMBOLS);
      const price = (this.prices[place] ?? 100) * (1 + 0.001 * this.random.normal());
      this.prices[place] = price;
      return { symbol: `S${place}USD`, price, volume: 10, timestamp };
    });
    return new TextEncoder().encode(JSON.stringify({ market_data }));
  }
}

/** Bars that candidates are tried on. */
async function record(dir: string): Promise<void> {
  const history = openHistory(dir);
  if (!history.ok) throw new Error(history.failure);
  const random = new Random(4);
  const rows = ["time,open,high,low,close,volume"];
  let price = 100;
  for (let bar = 0; bar < BARS; bar++) {
    price *= 1 + 0.003 * random.normal();
    rows.push(`${1_735_689_600 + bar * 300},${price},${price * 1.001},${price * 0.999},${price},1000`);
  }
  const path = join(dir, "BTCUSD.csv");
  writeFileSync(path, rows.join("\n"));
  const imported = await importFile(history.value, path, { now: 1, symbol: "BTCUSD" });
  if (!imported.ok) throw new Error(JSON.stringify(imported.failure));
}
