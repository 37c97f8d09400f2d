// What a tick costs when it comes by the stream of a shard: one shard on one node, and the same ticks over the same symbols
// dealt to two and to four shards on two nodes. The three clusters are started, warmed up and quiet before anything counts;
// then each is given the same ticks in turns while the others rest. Counted is processor time, of all threads of all
// processes of the nodes (spares, beats, leases and garbage included), because shards that share cores cannot show by the
// clock what they would do on cores of their own; what the clock said stands in the note. The entries of a turn are there
// at once, so the nodes read as fast as they can. Void unless every tick was taken in once and no shard has moved.
//
// Every shard takes WARM_UP entries before anything counts: for as long its compilers are at work, each shard's its own,
// and four shards that share the ticks of one get through that four times as late. What the beginning of it cost stands in
// the note. Between warm-up and turns all rest together, and what a shard costs then is a result of its own.
import { availableParallelism } from "node:os";
import type { Result } from "../result.ts";
import { figureOfLatencies, median } from "../runner.ts";
import { type Cost, type Layout, Stand, SYMBOLS, TICKS_PER_ENTRY } from "./stand.ts";

export const onDemand = true;

const ONE: Layout = { label: "1 shard on 1 node", nodes: 1, shards: 1 };
const MANY: readonly Layout[] = [
  { label: "2 shards on 2 nodes", nodes: 2, shards: 2 },
  { label: "4 shards on 2 nodes", nodes: 2, shards: 4 },
];
const ROUNDS = 7;
/** Of all shards together, in each turn. */
const ENTRIES = 4_000;
/** Of each shard, in portions of PORTION. */
const WARM_UP = 10_000;
const PORTION = 2_000;

interface Measured {
  readonly stand: Stand;
  readonly costs: Cost[];
  /** The first portion of the warm-up. */
  first: Cost;
  /** Processor nanoseconds of a shard for a second. */
  rest: number;
}

export async function run(): Promise<readonly Result[]> {
  const all: Measured[] = [];
  try {
    for (const layout of [ONE, ...MANY]) {
      const stand = await Stand.open(layout);
      all.push({ stand, costs: [], first: { ns: Number.NaN, ticksPerSecond: Number.NaN }, rest: Number.NaN });
    }
    for (const one of all) one.first = await warmUp(one.stand);
    for (const { stand } of all) await stand.quiet();
    await Promise.all(all.map(async (one) => (one.rest = await one.stand.atRest())));
    for (let round = 0; round < ROUNDS; round++) {
      for (const { stand, costs } of round % 2 === 0 ? all : all.toReversed()) costs.push(await stand.cost(ENTRIES));
    }
    for (const { stand } of all) await stand.check();
    const [one, ...many] = all;
    if (one === undefined) throw new Error("nothing was measured");
    return [...many.map((measured) => resultOf(measured, one)), restOf(all)];
  } finally {
    await Promise.all(all.map(({ stand }) => stand.close()));
  }
}

/** Gives what the first portion cost. */
async function warmUp(stand: Stand): Promise<Cost> {
  const first = await stand.cost(PORTION * stand.layout.shards);
  for (let taken = PORTION; taken < WARM_UP; taken += PORTION) await stand.cost(PORTION * stand.layout.shards);
  return first;
}

function restOf(all: readonly Measured[]): Result {
  const pairs = all
    .toReversed()
    .map(({ stand, rest }) => ({ label: `processor time of a shard, ${stand.layout.label}`, medianNs: rest }));
  const [most, least] = [pairs[0]?.medianNs ?? Number.NaN, pairs.at(-1)?.medianNs ?? Number.NaN];
  return {
    name: "streams of a cluster, a second in which nothing comes",
    pairs,
    ratio: least / most,
    note: "all threads of all processes of the nodes, gateways and spares included, by the shards; once, all side by side",
  };
}

function resultOf(many: Measured, one: Measured): Result {
  const sides = [many, one];
  const rates = sides.map(({ stand, costs, first }) => {
    const thousands = Math.round(median(costs.map(({ ticksPerSecond }) => ticksPerSecond)) / 1_000);
    const begin = (first.ns / 1_000).toFixed(1);
    return `${stand.layout.label}: ${thousands} thousand ticks/s by the clock, ${begin} µs in the beginning`;
  });
  return {
    name: `streams of a cluster, ${many.stand.layout.label}`,
    pairs: sides.map(({ stand, costs }) =>
      figureOfLatencies(
        `processor time, ${stand.layout.label}`,
        costs.map(({ ns }) => ns),
      ),
    ),
    ratio: median(many.costs.map(({ ns }, round) => (one.costs[round]?.ns ?? Number.NaN) / ns)),
    note:
      `per tick, all processes of the nodes; ${rates.join(", ")}, on ${availableParallelism()} cores that Redis uses as ` +
      `well; ${ROUNDS} times ${ENTRIES * TICKS_PER_ENTRY} ticks over ${SYMBOLS} symbols, ${TICKS_PER_ENTRY} in an ` +
      `entry, those of a turn there at once, journal on; all taken in once; behind a start and ` +
      `${WARM_UP * TICKS_PER_ENTRY} ticks of each shard, which do not count (the beginning: the first ` +
      `${PORTION * TICKS_PER_ENTRY} of them)`,
  };
}
