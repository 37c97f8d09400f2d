// What a tick costs when it comes by the stream of a shard: one shard on one node, and the same ticks over the same symbols
// dealt to two and to four shards on two nodes. The three clusters are started, warmed up and quiet before anything counts;
// then each is given the same ticks in turns while the others rest. Counted is processor time, of all threads of all
// processes of the nodes (spares, beats, leases and garbage included), because shards that share cores cannot show by the
// clock what they would do on cores of their own; what the clock said stands in the note. The entries of a turn are there
// at once, so the nodes read as fast as they can. Void unless every tick was taken in once and no shard has moved.
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
/** Of each shard, before what counts: every process has compilers of its own. */
const WARM_UP_ENTRIES = 2_000;

interface Measured {
  readonly stand: Stand;
  readonly costs: Cost[];
}

export async function run(): Promise<readonly Result[]> {
  const all: Measured[] = [];
  try {
    for (const layout of [ONE, ...MANY]) all.push({ stand: await Stand.open(layout), costs: [] });
    for (const { stand } of all) await stand.cost(WARM_UP_ENTRIES * stand.layout.shards);
    for (const { stand } of all) await stand.quiet();
    for (let round = 0; round < ROUNDS; round++) {
      for (const { stand, costs } of round % 2 === 0 ? all : all.toReversed()) costs.push(await stand.cost(ENTRIES));
    }
    for (const { stand } of all) await stand.check();
    const [one, ...many] = all;
    if (one === undefined) throw new Error("nothing was measured");
    return many.map((measured) => resultOf(measured, one));
  } finally {
    await Promise.all(all.map(({ stand }) => stand.close()));
  }
}

function resultOf(many: Measured, one: Measured): Result {
  const sides = [many, one];
  const rates = sides.map(({ stand, costs }) => {
    const thousands = Math.round(median(costs.map(({ ticksPerSecond }) => ticksPerSecond)) / 1_000);
    return `${stand.layout.label}: ${thousands} thousand ticks/s by the clock`;
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
      `${WARM_UP_ENTRIES * TICKS_PER_ENTRY} ticks of each shard, which do not count`,
  };
}
