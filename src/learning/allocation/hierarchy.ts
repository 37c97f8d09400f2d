// Hierarchical risk parity: series that move alike share one part of the risk. The two groups that are nearest, by the mean
// distance sqrt((1 - correlation) / 2) of their members, become one, until there is one. In units of risk, y = weight *
// deviation, each side of a joint first is given the risk of the independent bets that it holds:
//   y = y * sqrt(bets) / sqrt(y' R y),   bets = min(members, (sum of y)^2 / y' R y)
// which is 1 for series that are copies of each other, and their number for series that have nothing in common. So
// uncorrelated series are weighted by 1 / deviation, and copies divide what one of them would get.
// The tree after Lopez de Prado (2016), "Building diversified portfolios that outperform out of sample"; the bets after
// Choueifaty & Coignard (2008), "Toward maximum diversification". There the bisected order of the tree and inverse
// variances decide, so that a leaf's place counts and a rising deviation may raise a weight; here neither can.
// Several that are equally near to each other join at one joint; of several such sets the one whose first members come
// first. Costs the number of series to the fourth power at worst, which is for dozens of series.
import { product } from "./parity.ts";

const SAME = 1e-9;

/** In units of risk, every one above 0. */
export function hierarchy(correlations: readonly (readonly number[])[]): number[] {
  const y = correlations.map(() => 1);
  let groups: readonly (readonly number[])[] = correlations.map((_, place) => [place]);
  while (groups.length > 1) {
    const sides = nearest(groups, correlations);
    for (const side of sides) toRiskOfBets(y, side, correlations);
    const joined = sides.flat().toSorted((a, b) => a - b);
    groups = [...groups.filter((group) => !sides.includes(group)), joined].toSorted(
      (a, b) => (a[0] ?? 0) - (b[0] ?? 0),
    );
  }
  return y;
}

/** The two that are nearest, and all that are as near to each of them: copies join at one joint, as equals. */
function nearest(
  groups: readonly (readonly number[])[],
  correlations: readonly (readonly number[])[],
): readonly (readonly number[])[] {
  let least = Infinity;
  let sides: (readonly number[])[] = [];
  for (const [at, one] of groups.entries()) {
    for (const other of groups.slice(at + 1)) {
      const distance = between(one, other, correlations);
      if (distance < least - SAME) [least, sides] = [distance, [one, other]];
    }
  }
  for (const group of groups) {
    const near = sides.every((side) => side !== group && between(side, group, correlations) <= least + SAME);
    if (near) sides.push(group);
  }
  return sides;
}

function between(
  one: readonly number[],
  other: readonly number[],
  correlations: readonly (readonly number[])[],
): number {
  let sum = 0;
  for (const a of one) for (const b of other) sum += Math.sqrt(Math.max(0, 1 - (correlations[a]?.[b] ?? 0)) / 2);
  return sum / (one.length * other.length);
}

function toRiskOfBets(y: number[], side: readonly number[], correlations: readonly (readonly number[])[]): void {
  const inside = new Set(side);
  const own = y.map((value, place) => (inside.has(place) ? value : 0));
  const sum = side.reduce((all, place) => all + (own[place] ?? 0), 0);
  const variance = side.reduce((all, place) => all + (own[place] ?? 0) * product(correlations[place] ?? [], own), 0);
  const bets = Math.min(side.length, (sum * sum) / variance);
  const scale = Math.sqrt(bets / variance);
  for (const place of side) y[place] = (own[place] ?? 0) * scale;
}
