import { expect, it } from "vitest";
import { watched } from "../../../src/cli/data/reading.ts";
import { type Dataset, memoryHistory } from "../../../src/history/history.ts";
import { rowsOf } from "../../support/history-folder.ts";

const HOUR_US = 3_600_000_000;
const time = Array.from({ length: 101 }, (_, hour) => hour * HOUR_US);
const history = memoryHistory(
  [{ symbol: "X", kind: "bar", intervalMs: 3_600_000, time, columns: Array.from({ length: 5 }, () => time) }],
  10,
);
const [all] = history.list() as [Dataset];

function sharesOf(dataset: Dataset, span = {}): readonly number[] {
  const shares: number[] = [];
  const reading = watched(history, { share: (done) => (shares.push(done), false) });
  expect(rowsOf(reading.read(dataset, span))).toEqual(rowsOf(history.read(dataset, span)));
  return shares;
}

it("a dataset that is read shows which part of its time has passed, and gives the same rows", () => {
  const shares = sharesOf(all);
  expect(shares[0]).toBe(0);
  expect(shares).toHaveLength(11);
  for (const [at, share] of shares.entries()) expect(share).toBeCloseTo(at / 10);
});

it("the part is one of the time that was asked for", () => {
  const shares = sharesOf(all, { from: 50 * HOUR_US, to: 100 * HOUR_US });
  expect(shares.every((share, at) => share >= (shares[at - 1] ?? 0) && share >= 0 && share <= 1)).toBe(true);
  expect(shares[0]).toBeLessThan(0.05);
  expect(shares.at(-1)).toBeGreaterThan(0.7);
});
