// Following published signals on market events: the tracker against its plain twin, a list of objects per symbol. 500
// symbols, eighteen trades on each, ticks that walk; only the events are timed. Both sides see the same events, the
// tracker in blocks of 1,000, each told whole before it is known which signals they caused, and end the same trades.
import { type Opening, Tracker } from "../../src/learning/tracker.ts";
import { openingOf } from "../../test/support/learning/openings.ts";
import { Random } from "../../test/support/random.ts";
import { TrackerTwin } from "../../test/support/twins/tracker.ts";
import type { Result } from "../result.ts";

const SYMBOLS = 500;
const INSTANCES = 18;
const BLOCK = 1_000;
const BLOCKS = 40;
const ROUNDS = 9;
const SECOND_US = 1_000_000;

interface Ticks {
  readonly symbols: Int32Array;
  /** As they lie in a record: of each tick the clock, then the price. */
  readonly numbers: Float64Array;
}

export function run(): Promise<readonly Result[]> {
  const [tracked, plain]: number[][] = [[], []];
  let ended = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const ticks = walks(round + 1);
    const closed: string[] = [];
    const tracker = following(closed);
    tracked?.push(timed(() => track(ticks, tracker)));
    const twins = Array.from({ length: SYMBOLS }, () => new TrackerTwin());
    for (const opening of openings()) twins[opening.symbol]?.signal(opening);
    plain?.push(timed(() => trackPlainly(ticks, twins)));
    if (closed.length !== twins.reduce((sum, twin) => sum + twin.closed.length, 0))
      throw new Error("the two sides have ended other trades");
    ended = closed.length;
  }
  const events = BLOCK * BLOCKS;
  const [ours = [], theirs = []] = [tracked, plain];
  const ratio = median(theirs.map((time, round) => time / (ours[round] ?? Number.NaN)));
  const pairs = [
    { label: "tracker", medianNs: median(ours) / events },
    { label: "plain objects", medianNs: median(theirs) / events },
  ];
  const note = `ns per event; ${SYMBOLS} symbols, ${INSTANCES} trades on each, ${events} ticks, ${ended} ends a round`;
  return Promise.resolve([{ name: "outcome tracking of an event", pairs, ratio, note }]);
}

function walks(seed: number): Ticks {
  const random = new Random(seed);
  const now = new Float64Array(SYMBOLS).fill(100);
  const count = BLOCK * BLOCKS;
  const ticks = { symbols: new Int32Array(count), numbers: new Float64Array(2 * count) };
  for (let index = 0; index < count; index++) {
    const symbol = random.integer(SYMBOLS);
    const price = (now[symbol] ?? 100) * (1 + 0.01 * (random.next() - 0.5));
    now[symbol] = price;
    ticks.symbols[index] = symbol;
    ticks.numbers[2 * index] = index * SECOND_US;
    ticks.numbers[2 * index + 1] = price;
  }
  return ticks;
}

function opened(symbol: number, instance: number): Opening {
  const side = (symbol + instance) % 2 === 0 ? 1 : -1;
  const levels = { stop: 100 - 2 * side, target: 100 + 3 * side, deadline: Infinity };
  return openingOf({ symbol, instance, side, sequence: 0, id: `${symbol}:${instance}`, ...levels });
}
function* openings(): Generator<Opening> {
  for (let symbol = 0; symbol < SYMBOLS; symbol++)
    for (let instance = 0; instance < INSTANCES; instance++) yield opened(symbol, instance);
}

function following(closed: string[]): Tracker {
  const tracker = new Tracker({
    symbols: SYMBOLS,
    onClosed: ({ openings: [first] }) => closed.push(first?.id ?? ""),
  });
  for (const opening of openings()) tracker.signalled(opening);
  tracker.advance(1);
  return tracker;
}

function track({ symbols, numbers }: Ticks, tracker: Tracker): void {
  for (let block = 0; block < BLOCKS; block++) {
    for (let index = block * BLOCK; index < (block + 1) * BLOCK; index++)
      tracker.traded(symbols[index] ?? 0, index + 1, numbers, 2 * index, 2 * index + 1);
    tracker.advance((block + 1) * BLOCK + 1);
  }
}

function trackPlainly({ symbols, numbers }: Ticks, twins: readonly TrackerTwin[]): void {
  for (let index = 0; index < BLOCK * BLOCKS; index++) {
    const symbol = symbols[index] ?? 0;
    const event = { symbol, sequence: index + 1, clock: index * SECOND_US };
    twins[symbol]?.event({ ...event, prices: { price: numbers[2 * index + 1] ?? 0 } });
  }
}

function timed(work: () => void): number {
  const begin = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - begin);
}
function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? Number.NaN;
}
