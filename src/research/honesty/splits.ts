// Cross-validation of time series: which steps may train and which test. Steps are 0 to count - 1. What is decided at a
// step is known `horizon` steps later (a trade that is held so long), so a training step whose time overlaps that of a
// test step is purged, and the `embargo` steps after a test block are left out as well, against what only fades slowly.
//   block [a, b) tests  =>  [a - horizon, b + horizon + embargo) does not train
// Lopez de Prado (2018), "Advances in Financial Machine Learning", chapters 7 and 12.
import { choose, combinations } from "./combinations.ts";

export interface Split {
  /** Groups that test, of `groups` groups in order of time. */
  readonly groups: readonly number[];
  readonly train: Int32Array;
  readonly test: Int32Array;
}

export interface SplitOptions {
  readonly count: number;
  readonly groups: number;
  readonly horizon: number;
  readonly embargo: number;
}

/** Begin of a group; groups differ by one step at most. */
export function groupStart(count: number, groups: number, group: number): number {
  return Math.floor((count * group) / groups);
}

/** Each group tests once. */
export function purgedFolds(options: SplitOptions): readonly Split[] {
  return combinatorialSplits(options, 1);
}

/** Each choice of `testGroups` groups tests once. */
export function combinatorialSplits(options: SplitOptions, testGroups: number): readonly Split[] {
  return [...combinations(options.groups, testGroups)].map((groups) => splitOf(options, groups));
}

/** Complete paths through all groups that the splits make together: each group is tested so often. */
export function pathCount(groups: number, testGroups: number): number {
  return choose(groups - 1, testGroups - 1);
}

function splitOf({ count, groups, horizon, embargo }: SplitOptions, chosen: readonly number[]): Split {
  const TRAIN = 0;
  const TEST = 1;
  const LEFT_OUT = 2;
  const use = new Uint8Array(count);
  const blocks = chosen.map(
    (group) => [groupStart(count, groups, group), groupStart(count, groups, group + 1)] as const,
  );
  for (const [from, to] of blocks)
    use.fill(LEFT_OUT, Math.max(0, from - horizon), Math.min(count, to + horizon + embargo));
  for (const [from, to] of blocks) use.fill(TEST, from, to);
  const places = (wanted: number): Int32Array => {
    const found: number[] = [];
    for (let index = 0; index < count; index++) if (use[index] === wanted) found.push(index);
    return Int32Array.from(found);
  };
  return { groups: chosen, train: places(TRAIN), test: places(TEST) };
}
