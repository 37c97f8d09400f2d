// The all-pairs screen against the naive way, one Engle-Granger pass over the window per pair, in plain JavaScript and
// with the core's own test. 504 symbols, 126,756 pairs, a window of 256 bars. The screen's side does a whole bar: 504 ticks, roll
// both matrices, rebuild two columns, and judge every pair (in the engine a sixteenth of them per bar). The naive sides
// judge the pairs of every 28th row, in turn; all figures are per pair. Agreement is checked before anything is timed.
import * as reference from "../../assembly/reference.ts";
import { openCore, type TestCore } from "../../test/support/core.ts";
import { cointegratedLogs } from "../../test/support/paths.ts";
import { Random } from "../../test/support/random.ts";
import { engleGrangerPlain } from "../plain/engle-granger.ts";
import { isAsked } from "../enough.ts";
import { fingerprintOf, type Result } from "../result.ts";
import { compare, measure } from "../runner.ts";

const SYMBOLS = 504;
const PAIRS = (SYMBOLS * (SYMBOLS - 1)) / 2;
const W = reference.SCREEN_WINDOW;
const ROWS = 28;
const SECOND = 1_000_000;
const TOLERANCE = 1e-9;
/** Legs, window and lags. */
const RETESTS = [
  [2, 500, 5],
  [6, 1000, 8],
] as const;
const OPTIONS = { rounds: 7, taskMs: 30, warmupMs: 400 };

class Market {
  readonly test: TestCore = openCore("release", SYMBOLS);
  /** Log prices of the last W bars, a column per symbol, oldest first; what the naive sides read. */
  readonly columns: Float64Array[] = [];
  private readonly random = new Random(504);
  private readonly logs: Float64Array = new Float64Array(SYMBOLS);
  private bar = 0;

  constructor() {
    for (let symbol = 0; symbol < SYMBOLS; symbol++) {
      this.logs[symbol] = 1 + (symbol % 9);
      this.columns.push(new Float64Array(W));
    }
  }

  /** Ticks of one bar, prices from the paths of the last W bars in turn: the inputs of the timed part move. */
  tick(step: number): void {
    const place = step % W;
    this.columns.forEach((column, symbol) => {
      this.test.core.screenTick(symbol, Math.exp(column[place] ?? 0), this.bar * SECOND, 0);
    });
  }

  /** A bar of a market with one common factor. */
  next(): void {
    const common = 0.001 * this.random.normal();
    for (let symbol = 0; symbol < SYMBOLS; symbol++) {
      const log = (this.logs[symbol] ?? 0) + common + 0.001 * this.random.normal();
      this.logs[symbol] = log;
      this.test.core.screenTick(symbol, Math.exp(log), this.bar * SECOND, 0);
      const column = this.columns[symbol];
      column?.copyWithin(0, 1);
      column?.set([Math.log(Math.exp(log))], W - 1);
    }
    this.bar++;
  }
}

function naiveRows(step: number, judge: (i: number, j: number) => number): number {
  let sum = 0;
  for (let i = step % ROWS; i < SYMBOLS; i += ROWS) for (let j = i + 1; j < SYMBOLS; j++) sum += judge(i, j);
  return sum;
}

function agreement({ test, columns }: Market): { readonly worst: number; readonly fingerprint: string } {
  let worst = 0;
  const statistics: number[] = [];
  naiveRows(0, (i, j) => {
    const expected = engleGrangerPlain(columns[i] ?? new Float64Array(), columns[j] ?? new Float64Array());
    const found = test.core.screenStatistic(i, j);
    worst = Math.max(worst, Math.abs(found - expected));
    statistics.push(found);
    return 0;
  });
  if (!(worst < TOLERANCE)) throw new Error(`screen and naive pass differ by ${worst}`);
  return { worst, fingerprint: fingerprintOf(Float64Array.from(statistics)) };
}

export async function run(): Promise<readonly Result[]> {
  const market = new Market();
  const { core, arena } = market.test;
  for (let bar = 0; bar < 2 * W; bar++) market.next();
  core.screenClose();
  const { worst, fingerprint } = agreement(market);
  const note = `${SYMBOLS} symbols, ${PAIRS} pairs, window ${W}, seed 504; largest difference ${worst.toExponential(1)}`;
  const told = { ...OPTIONS, note, fingerprint };
  const screen = {
    label: "roll and screen",
    operations: PAIRS,
    run: (step: number): void => {
      market.tick(step);
      core.screenClose();
      core.screenRows(0, 1);
    },
  };
  const pairsOfStep = PAIRS / ROWS;
  const { columns } = market;
  const addresses = columns.map((column) => arena.put(column));
  const scratch = arena.take(4 * W);
  const plain = {
    label: "naive, plain JavaScript",
    operations: pairsOfStep,
    run: (step: number): number => {
      const empty = new Float64Array();
      return naiveRows(step, (i, j) => engleGrangerPlain(columns[i] ?? empty, columns[j] ?? empty));
    },
  };
  const passes = {
    label: "naive, in the core",
    operations: pairsOfStep,
    run: (step: number): number =>
      naiveRows(step, (i, j) => core.engleGranger(addresses[i] ?? 0, addresses[j] ?? 0, W, 0, scratch)),
  };
  const bar = {
    label: "ticks, roll, rebuild, one slice",
    operations: 1,
    run: (step: number): void => {
      market.tick(step);
      core.screenClose();
    },
  };
  const against = [
    { name: "all pairs: screen against naive JavaScript", side: plain },
    { name: "all pairs: screen against naive passes in the core", side: passes },
  ].filter(({ name }) => isAsked(name));
  const results: Result[] = [];
  for (const { name, side } of against) results.push(await compare(screen, side, { ...told, name }));
  const oneBar = `all pairs: one bar of ${SYMBOLS} symbols`;
  if (isAsked(oneBar))
    results.push(await measure(bar, { ...OPTIONS, name: oneBar, note: "what a bar costs the worker" }));
  for (const [legs, window, lags] of RETESTS)
    if (isAsked(nameOfRetest(legs))) results.push(await retest(legs, window, lags));
  return results;
}

function nameOfRetest(legs: number): string {
  return `cointegration test of ${legs} legs`;
}

/** What cointegration_model pays at a test: lag by BIC, then Johansen. */
async function retest(legs: number, window: number, lags: number): Promise<Result> {
  const { core, arena } = openCore("release");
  const logs = cointegratedLogs({ seed: legs, legs, length: window + 64 });
  const length = window + 64;
  const y = arena.take(legs * length);
  logs.forEach((path, leg) => arena.f.set(path, y / 8 + leg * length));
  const out = arena.take(legs * (legs + 3));
  const scratch = arena.take(core.johansenScratch(legs, window, lags) / 8 + 1);
  const test = (step: number): void => {
    const from = y + (step & 63) * 8;
    const chosen = core.lagsByBic(from, length * 8, legs, window, lags, scratch);
    core.johansen(from, length * 8, legs, window, 0, Math.max(0, chosen), out, scratch);
  };
  const name = nameOfRetest(legs);
  const note = `window ${window}, lags up to ${lags}, seed ${legs}`;
  return measure({ label: "lag by BIC, Johansen", operations: 1, run: test }, { ...OPTIONS, name, note });
}
