// What selection costs on the main thread: an outcome (a round of two bandits and two proofs), the list of the optimal, the
// weights of all strategies; and a division of capital by risk parity. Each call is timed by itself, the clock's own time
// included.
import { STRATEGIES } from "../../src/domain/strategies.ts";
import { REGIMES } from "../../src/domain/regime.ts";
import { allocate, ALLOCATIONS, type Series } from "../../src/learning/allocation.ts";
import { Random } from "../../src/domain/random.ts";
import { Selection } from "../../src/learning/selection.ts";
import type { Result } from "../result.ts";
import { figureOfLatencies } from "../runner.ts";

const NAMES: readonly string[] = STRATEGIES.map(({ name }) => name);
const OUTCOMES = 50_000;
const WARM_UP = 10_000;
const ASKED = 5_000;
const ROWS = 240;
const DIVISIONS = 60;
const SEED = 8;
const MINUTE_US = 60_000_000;

export function run(): Promise<readonly Result[]> {
  const random = new Random(SEED);
  const selection = new Selection(NAMES);
  const outcomes = Array.from({ length: OUTCOMES + WARM_UP }, (_, at) => {
    const strategy = NAMES[random.integer(NAMES.length)] ?? "";
    const mean = strategy === NAMES[0] ? 0.006 : 0;
    const ended = { net: mean + 0.02 * random.normal(), openedAt: at * MINUTE_US, closedAt: (at + 1) * MINUTE_US };
    return { strategy, ...ended, regime: REGIMES[random.integer(5)] ?? "unknown" };
  });
  const taken = timed(outcomes.length, (at) => {
    const outcome = outcomes[at];
    if (outcome !== undefined) selection.take(outcome);
  }).slice(WARM_UP);
  const note = `${NAMES.length} strategies, 5 regimes, ${OUTCOMES} outcomes, seed ${SEED}`;
  return Promise.resolve([
    single("selection of an outcome", "an outcome", taken, note),
    single(
      "selection, the optimal",
      "asked",
      timed(ASKED, () => void selection.optimal("calm")),
      note,
    ),
    single(
      "selection, weights",
      "asked",
      timed(ASKED, () => void selection.weights("calm", new Map())),
      note,
    ),
    ...divisions(random),
  ]);
}

function divisions(random: Random): readonly Result[] {
  return [18, 64].flatMap((count) => {
    const series = Array.from({ length: count }, (_, at): Series => {
      return { name: `series_${at}`, returns: Array.from({ length: ROWS }, () => random.normal()) };
    });
    return ALLOCATIONS.map((method) => {
      const times = timed(DIVISIONS, () => void allocate(series, method)).slice(DIVISIONS / 3);
      return single(`allocation ${method} of ${count}`, "a division", times, `${ROWS} returns each, seed ${SEED}`);
    });
  });
}

function timed(count: number, work: (at: number) => void): number[] {
  return Array.from({ length: count }, (_, at) => {
    const began = process.hrtime.bigint();
    work(at);
    return Number(process.hrtime.bigint() - began);
  });
}

function single(name: string, label: string, times: number[], note: string): Result {
  return { name, pairs: [figureOfLatencies(label, times)], ratio: 1, note };
}
