// One data folder whose engine is killed again and again, and what must be in it afterwards. Each posted tick has a
// number of its own as its volume, so that a tick of the journal says which one it is. Half of the restarts are killed as
// well, at a random moment of their recovery.
import { join } from "node:path";
import { openLibsql } from "../../src/store/sqlite/libsql-driver.ts";
import { EngineProcess } from "./engine-process.ts";
import { ticksInJournal } from "./journal-ticks.ts";
import { Random } from "./random.ts";
import { recoveryFault } from "./verify-recovery.ts";

export const MODES = ["always", "batch", "off"] as const;
type Mode = (typeof MODES)[number];

const SENDERS = 4;
const TICKS = 20;
const SYMBOLS = 30;
export const PROMISES: Readonly<Record<Mode, string>> = {
  always: "no acknowledged tick is lost or doubled; same state",
  batch: "nothing that `/health` called durable is lost, nothing is doubled; same state",
  off: "nothing that `/health` called durable is lost, nothing is doubled; same state",
};

export interface ChaosOptions {
  readonly mode: Mode;
  readonly dir: string;
  readonly seed: number;
}

export interface ModeReport {
  readonly mode: Mode;
  /** Kills under load; each is followed by a look at what is left. */
  readonly rounds: number;
  /** Kills while it was starting. */
  readonly startKills: number;
  readonly acknowledged: number;
  /** Acknowledged ticks that were gone where that was promised never to be: with `always`. */
  readonly lost: number;
  /** Acknowledged ticks that were gone, promised or not; pieces of before it was counted lack it. */
  readonly missing?: number;
  readonly doubled: number;
  readonly states: number;
  readonly changes: number;
  readonly changesLost: number;
  /** How long each start took until it was ready. */
  readonly readyMs: readonly number[];
  readonly faults: readonly string[];
}

export class Chaos {
  readonly mode: Mode;
  private readonly options: ChaosOptions;
  private readonly random: Random;
  private readonly faults: string[] = [];
  private readonly ready: number[] = [];
  /** Numbers of ticks that were answered, and names of flags. */
  private readonly acknowledged = new Set<number>();
  private readonly flags = new Set<string>();
  private number = 0;
  private durable = 0;
  private rounds = 0;
  private startKills = 0;
  private lost = 0;
  private missing = 0;
  private doubled = 0;
  private states = 0;
  private changesLost = 0;

  constructor(options: ChaosOptions) {
    this.options = options;
    this.mode = options.mode;
    this.random = new Random(options.seed);
  }

  /** Start, look, load, kill; what there is to tell. */
  async round(): Promise<string> {
    const engine = await this.start();
    await this.look(engine);
    const end = performance.now() + this.random.between(50, 1_500);
    const before = this.acknowledged.size;
    await Promise.all([
      ...Array.from({ length: SENDERS }, () => this.send(engine, end)),
      this.change(engine, end),
      this.watch(engine, end),
      killAt(engine, end),
    ]);
    this.rounds++;
    return `${this.acknowledged.size - before} ticks acknowledged, killed; ${this.missing} missing, ${this.doubled} doubled so far`;
  }

  /** The last look, after a start that is followed by a clean stop. */
  async finish(): Promise<ModeReport> {
    const engine = await this.start();
    await this.look(engine);
    const code = await engine.stop();
    if (code !== 0) this.fault(`the clean stop ended with ${String(code)}`);
    const { mode, rounds, startKills, lost, missing, doubled, states, changesLost, faults } = this;
    const ticks = { acknowledged: this.acknowledged.size, lost, missing, doubled };
    const changes = { changes: this.flags.size, changesLost };
    return { mode, rounds, startKills, ...ticks, states, ...changes, readyMs: this.ready, faults };
  }

  private async start(): Promise<EngineProcess> {
    const env = {
      DATA_DIR: this.options.dir,
      JOURNAL_SYNC: this.mode,
      STRATEGY_WORKERS: "1",
      SNAPSHOT_INTERVAL_MS: "2000",
      SIGNAL_COOLDOWN_MS: "100",
    };
    const usual = this.ready.at(-1);
    if (usual !== undefined && this.random.next() < 0.5) await this.killAtStart(env, usual);
    const begin = performance.now();
    const engine = await EngineProcess.start(env);
    this.ready.push(Math.round(performance.now() - begin));
    return engine;
  }

  private async killAtStart(env: Readonly<Record<string, string>>, usualMs: number): Promise<void> {
    const engine = EngineProcess.launch(env);
    await killAt(engine, performance.now() + this.random.between(0, usualMs));
    this.startKills++;
  }

  private fault(what: string): void {
    this.faults.push(`JOURNAL_SYNC=${this.mode}, round ${this.rounds}: ${what}`);
  }

  /** After a restart. */
  private async look(engine: EngineProcess): Promise<void> {
    const recovered = await engine.line("recovered");
    const sequence = recovered["next_sequence"] as number;
    if (this.rounds === 0) return;
    if (sequence < this.durable) this.fault(`${this.durable} events were durable, ${sequence} are left`);
    const state = await recoveryFault(this.options.dir, sequence, String(recovered["state_hash"]));
    if (state === null) this.states++;
    else this.fault(state);
    this.count(sequence);
    this.changesLost = this.missingFlags();
    if (this.changesLost > 0) this.fault(`${this.changesLost} changes that were answered are gone`);
  }

  /** Flags whose change was answered and that the store does not hold. */
  private missingFlags(): number {
    const driver = openLibsql(join(this.options.dir, "engine.db"), true);
    try {
      const present = new Set(driver.all("SELECT name FROM flags").map((row) => row["name"]));
      return [...this.flags].filter((name) => !present.has(name)).length;
    } finally {
      driver.close();
    }
  }

  /** Ticks of the journal by their numbers. */
  private count(sequence: number): void {
    const found = ticksInJournal(this.options.dir, sequence);
    const twice = [...found].filter(([, times]) => times > 1).length;
    if (twice > this.doubled) this.fault(`${twice} ticks are in the journal more than once`);
    this.doubled = twice;
    const gone = [...this.acknowledged].filter((number) => !found.has(number)).length;
    if (this.mode === "always" && gone > this.lost) this.fault(`${gone} acknowledged ticks are gone`);
    if (this.mode === "always") this.lost = gone;
    this.missing = gone;
  }

  private async send(engine: EngineProcess, end: number): Promise<void> {
    while (performance.now() < end + 1_000) {
      const numbers = Array.from({ length: TICKS }, () => ++this.number);
      const ticks = numbers.map((volume) => {
        const symbol = `S${this.random.integer(SYMBOLS)}USDT`;
        return { symbol, price: 100 * (1 + 0.01 * this.random.normal()), volume };
      });
      const answer = await engine.post(JSON.stringify({ market_data: ticks })).catch(() => null);
      if (answer === null) return; // it was killed
      if (answer["processed"] === TICKS) for (const number of numbers) this.acknowledged.add(number);
    }
  }

  private async change(engine: EngineProcess, end: number): Promise<void> {
    while (performance.now() < end + 1_000) {
      const name = `flag-${++this.number}`;
      const asked = await engine.ask("PUT", `/feature-flags/${name}`, { enabled: true }).catch(() => null);
      if (asked === null) return;
      if (asked.status === 200) this.flags.add(name);
      await new Promise((done) => setTimeout(done, 40));
    }
  }

  private async watch(engine: EngineProcess, end: number): Promise<void> {
    while (performance.now() < end + 1_000) {
      const health = await engine.get("/health").catch(() => null);
      if (health === null) return;
      const { durable_events: durable } = health["journal"] as { readonly durable_events: number };
      this.durable = Math.max(this.durable, durable);
      await new Promise((done) => setTimeout(done, 20));
    }
  }
}

async function killAt(engine: EngineProcess, end: number): Promise<void> {
  await new Promise((done) => setTimeout(done, Math.max(1, end - performance.now())));
  await engine.kill();
}
