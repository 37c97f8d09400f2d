// A thousand sets of parameters over a hundred thousand bars: two sets at a time against one at a time, against careful
// plain JavaScript that shares its averages as the core does, and four in f32 as a pre-screen. All results of the first
// three must be equal, or nothing is timed.
import { FastPath, tapeMemory, type Width } from "../../src/research/sweep/fast-path.ts";
import { ruleOf } from "../../src/research/sweep/rules.ts";
import type { SetResult } from "../../src/research/sweep/set-result.ts";
import { loadCore } from "../../src/stream/kernels/core.ts";
import { walkTape } from "../../test/support/research/tapes.ts";
import { plainMaMomentum, plainMeans } from "../plain/ma-momentum.ts";
import { fingerprintOf, type Result } from "../result.ts";
import { compare, type Side } from "../runner.ts";

const BARS = 100_000;
const SEED = 29;
const CAPITAL = 1_000_000;
const LENGTHS = 12;
const MOMENTA = 7;
const SETS = Array.from({ length: LENGTHS * LENGTHS * MOMENTA }, (_, place) => ({
  fast: 5 + 2 * (place % LENGTHS),
  slow: 40 + 10 * (Math.floor(place / LENGTHS) % LENGTHS),
  momentum: 5 * (1 + Math.floor(place / LENGTHS / LENGTHS)),
  short: 1,
  fee: 0.0001,
}));
/** All sides have run, for their results, before anything is timed. */
const OPTIONS = { rounds: 3, taskMs: 1, warmupMs: 0, calls: 1 };

export async function run(): Promise<readonly Result[]> {
  const tape = walkTape({ seed: SEED, bars: BARS });
  const rule = ruleOf("ma_momentum");
  if (rule === undefined) throw new Error("ma_momentum is a rule");
  const path = new FastPath(loadCore().module, tapeMemory(tape, 1), 0);
  const core = (width: Width) => (): readonly SetResult[] => path.run(rule, SETS, width, CAPITAL);
  const lengths = new Set(SETS.flatMap(({ fast, slow }) => [fast, slow]));
  const averages = new Map([...lengths].map((length) => [length, new Float64Array(BARS)]));
  const plain = (): readonly SetResult[] => {
    for (const [length, out] of averages) plainMeans(tape.close, length, out);
    return SETS.map((set) => plainMaMomentum(tape, set, CAPITAL, averages));
  };
  const [lanes, scalar, expected] = [core("lanes")(), core("scalar")(), plain()];
  const { trades, fingerprint } = checked(lanes, scalar, expected);
  const note = `${SETS.length} sets x ${BARS} bars, seed ${SEED}, ${trades} trades, the same of all; ns per set and bar`;
  const side = (label: string, call: () => unknown): Side => ({ label, operations: BARS * SETS.length, run: call });
  const pair = (name: string, a: Side, b: Side): Promise<Result> =>
    compare(a, b, { ...OPTIONS, name, note, fingerprint });
  const fast = side("f64x2", core("lanes"));
  const slow = side("WASM scalar", core("scalar"));
  return [
    await pair("backtests of 1,008 sets: f64x2 / scalar", fast, slow),
    await pair("backtests of 1,008 sets: f64x2 / JS", fast, side("plain JavaScript", plain)),
    await pair("backtests of 1,008 sets: f32x4 / scalar", side("f32x4", core("quick")), slow),
  ];
}

const COUNTS = ["trades", "wins", "held", "hash", "fees"];
const FIELDS = ["equity", "kept", "returns", "squares", "losses", "won", "lost", ...COUNTS];

/** Number of trades of all sets, which are equal three times over. */
function checked(...variants: readonly (readonly SetResult[])[]): { trades: number; fingerprint: string } {
  const texts = variants.map((results) => JSON.stringify(results, FIELDS));
  if (new Set(texts).size > 1) throw new Error("f64x2, scalar and plain JavaScript do not give the same results");
  const trades = variants[0]?.reduce((sum, one) => sum + one.trades, 0) ?? 0;
  return { trades, fingerprint: fingerprintOf(...texts.slice(0, 1)) };
}
