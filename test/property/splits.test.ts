import { assert, integer, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { choose } from "../../src/research/honesty/combinations.ts";
import { combinatorialSplits, pathCount, purgedFolds, type Split } from "../../src/research/honesty/splits.ts";

const shape = record({
  count: integer({ min: 12, max: 300 }),
  groups: integer({ min: 2, max: 8 }),
  testGroups: integer({ min: 1, max: 7 }),
  horizon: integer({ min: 0, max: 30 }),
  embargo: integer({ min: 0, max: 30 }),
}).filter(({ groups, testGroups }) => testGroups < groups);

function sum(splits: readonly Split[], count: number): readonly number[] {
  const times = Array.from({ length: count }, () => 0);
  for (const { test } of splits) for (const index of test) times[index]!++;
  return times;
}

describe("cross-validation of time series", () => {
  it("never trains on a test step or on one that overlaps with it in time, nor within the embargo", () => {
    assert(
      property(shape, ({ testGroups, ...options }) => {
        for (const { train, test } of combinatorialSplits(options, testGroups)) {
          const testing = new Set(test);
          const { horizon, embargo } = options;
          const near = (index: number): boolean => {
            for (let other = index - horizon - embargo; other <= index + horizon; other++) {
              if (testing.has(other)) return true;
            }
            return false;
          };
          expect(train.filter(near)).toHaveLength(0);
        }
      }),
      { seed: 1, numRuns: 150 },
    );
  });

  it("tests every step as often as there are paths", () => {
    assert(
      property(shape, ({ testGroups, ...options }) => {
        const splits = combinatorialSplits(options, testGroups);
        expect(splits).toHaveLength(choose(options.groups, testGroups));
        const paths = pathCount(options.groups, testGroups);
        expect(new Set(sum(splits, options.count))).toEqual(new Set([paths]));
      }),
      { seed: 2, numRuns: 150 },
    );
  });

  it("leaves out nothing that it may keep", () => {
    assert(
      property(shape, (options) => {
        for (const { train, test } of purgedFolds(options)) {
          const [first, last] = [test[0]!, test.at(-1)!];
          const before = Math.max(0, first - options.horizon);
          const after = Math.max(0, options.count - 1 - last - options.horizon - options.embargo);
          expect(train).toHaveLength(before + after);
        }
      }),
      { seed: 3, numRuns: 150 },
    );
  });
});
