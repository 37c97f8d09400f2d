// `npm run verify:recovery`: the engine is fed and killed with SIGKILL at random moments, again and again over one data
// folder. After each restart its state hash must equal that of one uninterrupted computation of the journal's events up
// to the same sequence, and no event that was journaled may be missing. Ends with a graceful stop and the replay tool's
// own verdict on the whole journal. Prints a line per round; exit code 1 when anything differs.
//   node build/out/test/support/verify-recovery.js [--rounds N] [--seed S]
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { replay } from "../../src/stream/stream.ts";
import { EngineProcess } from "./engine-process.ts";
import { Random } from "./random.ts";
import { whole, wordsOf } from "./words.ts";

const SYMBOLS = 40;
const TICKS = 60;
/** The engine's own defaults, so that its journal can be replayed without further settings. */
const CAPACITY = { maxSymbols: 4_096, maxInstances: 4_096, workers: 1 };
const FOLDER = fileURLToPath(new URL("../../verify-recovery", import.meta.url));

export interface RecoveryReport {
  readonly rounds: number;
  readonly events: number;
  readonly signals: number;
  readonly failures: readonly string[];
}

/** Market data with trends, so that there are signals to compare. */
class Market {
  private readonly random: Random;
  private readonly prices = Array.from({ length: SYMBOLS }, (_, symbol) => 20 + symbol);
  private readonly drifts = Array.from({ length: SYMBOLS }, () => 0);

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  batch(): string {
    const ticks: object[] = [];
    for (let tick = 0; tick < TICKS; tick++) {
      const symbol = this.random.integer(SYMBOLS);
      if (this.random.next() < 0.02) this.drifts[symbol] = 0.002 * this.random.normal();
      const price = (this.prices[symbol] =
        (this.prices[symbol] ?? 1) * (1 + (this.drifts[symbol] ?? 0) + 0.0005 * this.random.normal()));
      const name = `${["BTC", "ETH", "SOL", "XRP"][symbol % 4]}${symbol}USDT`;
      ticks.push({ symbol: name, price, volume: this.random.between(1, 9), bid: price * 0.9999, ask: price * 1.0001 });
    }
    return JSON.stringify({ market_data: ticks });
  }
}

export async function verifyRecovery(
  rounds: number,
  seed: number,
  say: (line: string) => void,
): Promise<RecoveryReport> {
  const dir = FOLDER;
  rmSync(dir, { recursive: true, force: true });
  const env = {
    DATA_DIR: dir,
    STRATEGY_WORKERS: "1",
    SNAPSHOT_INTERVAL_MS: "1000",
    SIGNAL_COOLDOWN_MS: "100",
  };
  const random = new Random(seed);
  const market = new Market(seed);
  const failures: string[] = [];
  let last = 0;
  for (let round = 0; round <= rounds; round++) {
    const engine = await EngineProcess.start(env);
    const recovered = await engine.line("recovered");
    const sequence = recovered["next_sequence"] as number;
    const verdict = await compare(dir, sequence, String(recovered["state_hash"]), failures, round);
    say(
      `round ${round}: ${sequence} events, snapshot ${String(recovered["snapshot"])}, ` +
        `${String(recovered["events_replayed"])} replayed, state ${String(recovered["state_hash"])} ${verdict}`,
    );
    if (sequence < last) failures.push(`round ${round}: ${last} events were durable, ${sequence} are left`);
    if (round === rounds) await engine.stop();
    else last = await feedAndKill(engine, market, random.between(150, 1500));
  }
  return { rounds, ...(await checkMarks(dir, failures, say)), failures };
}

/** The whole journal once more: its signals against the marks that the engine left while it ran. */
async function checkMarks(
  dir: string,
  failures: string[],
  say: (line: string) => void,
): Promise<{ readonly events: number; readonly signals: number }> {
  const whole = await replay({ dir: join(dir, "journal"), capacity: CAPACITY, fromStart: true });
  if (!whole.ok) {
    failures.push(whole.failure);
    return { events: 0, signals: 0 };
  }
  const { events, signals, mismatches, marksChecked } = whole.value;
  if (marksChecked === 0) failures.push("the journal holds no mark to compare with");
  for (const { recorded, computed } of mismatches) {
    failures.push(
      `mark at ${recorded.sequence}: recorded ${recorded.hash.toString(16)}, computed ${computed.hash.toString(16)}`,
    );
  }
  say(`replay: ${events} events, ${signals} signals, ${marksChecked} marks, ${mismatches.length} differ`);
  return { events, signals };
}

/** Feeds until the moment has come, then SIGKILL; returns how many events were durable shortly before. */
async function feedAndKill(engine: EngineProcess, market: Market, afterMs: number): Promise<number> {
  const end = performance.now() + afterMs;
  let durable = 0;
  while (performance.now() < end) {
    await engine.post(market.batch());
    const { journal } = (await engine.get("/health")) as { journal: { durable_events: number } };
    durable = journal.durable_events;
  }
  const open = engine.post(market.batch()).catch(() => null); // killed with a request under way
  await engine.kill();
  await open;
  return durable;
}

/** The state of an uninterrupted computation of the same events. */
async function compare(
  dir: string,
  sequence: number,
  hash: string,
  failures: string[],
  round: number,
): Promise<string> {
  if (sequence === 0) return "(nothing yet)";
  const fault = await recoveryFault(dir, sequence, hash);
  if (fault === null) return "equal";
  failures.push(`round ${round}: ${fault}`);
  return fault;
}

/** What is wrong with the state of an engine that recovered `sequence` events of this folder; null: nothing. */
export async function recoveryFault(dir: string, sequence: number, hash: string): Promise<string | null> {
  const reference = await replay({ dir: join(dir, "journal"), capacity: CAPACITY, fromStart: true, to: sequence });
  if (!reference.ok) return reference.failure;
  const expected = reference.value.stateHash.toString(16).padStart(16, "0");
  return expected === hash ? null : `state ${hash}, an uninterrupted run gives ${expected}`;
}

if (process.argv[1]?.endsWith("verify-recovery.js") === true) {
  const { rounds, seed } = wordsOf({
    name: "npm run verify:recovery --",
    about: "Kills an engine at random moments, and compares its state with that of a run that nothing interrupted.",
    options: { rounds: whole("kills", 20), seed: whole("of the moments", 20_261_121, { least: 0 }) },
  }).values;
  console.log(`killing the engine ${rounds} times at random moments, seed ${seed}`);
  const report = await verifyRecovery(rounds, seed, (line) => console.log(line));
  for (const failure of report.failures) console.error(`FAILED ${failure}`);
  console.log(
    report.failures.length === 0 ? "every restart has the state of an uninterrupted run" : "recovery is broken",
  );
  process.exitCode = report.failures.length === 0 ? 0 : 1;
}
