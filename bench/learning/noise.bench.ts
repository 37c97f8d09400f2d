// How often noise is promoted, and a planted edge found: training over many seeds. Too long for the tests, which look at
// twenty seeds of noise; named on demand, it prints what it found and fails where more than 2 of 50 noises are promoted.
import { TRAIN, trainModel, Workbench } from "../../src/learning/models.ts";
import { surgeMarket } from "../../test/support/learning/surge-market.ts";
import type { Result } from "../result.ts";

export const onDemand = true;

const SEEDS = 50;
const BARS = 3_000;
const EDGE = 1;

export function run(): Promise<readonly Result[]> {
  const bench = new Workbench();
  const times: number[] = [];
  const promoted = (edge: number): number => {
    let count = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const bars = surgeMarket({ seed, bars: BARS, edge });
      const begin = performance.now();
      if (trainModel(bench, bars, { ...TRAIN, seed })?.evidence.holds === true) count++;
      times.push((performance.now() - begin) * 1e6);
    }
    return count;
  };
  const [noise, planted] = [promoted(0), promoted(EDGE)];
  if (noise > 2) throw new Error(`${noise} of ${SEEDS} noises were promoted, at most 2 may be`);
  times.sort((a, b) => a - b);
  const note = `${BARS} bars, ${SEEDS} seeds each: ${noise} noises promoted, ${planted} planted edges found`;
  const pairs = [{ label: "training and judging", medianNs: times[times.length >> 1] ?? Number.NaN }];
  return Promise.resolve([{ name: "training of a model", pairs, ratio: 1, note }]);
}
