// Openings of followed trades for tests, and a random tape of events and signals for them. Seeded.
import { keyOf, type Opening, type Tracker } from "../../../src/learning/tracker.ts";
import { Random } from "../random.ts";
import type { TapeEvent } from "../twins/tracker.ts";

export const FEES = { makerBps: 1, takerBps: 5, slippageBps: 2 };
const SECOND_US = 1_000_000;

/** A trade of the market, of which the tracker is told where its numbers lie. */
export function trade(tracker: Tracker, symbol: number, sequence: number, clock: number, price: number): void {
  tracker.traded(symbol, sequence, Float64Array.of(Number.NaN, price, clock), 2, 1);
}

/** A long trade of instance 6 on symbol 0: in at 100, out at 98 or 103. */
export function openingOf(other: Partial<Opening> = {}): Opening {
  const { instance = 6, symbol = 0, group = null } = other;
  return {
    id: `sig_${other.sequence ?? 1}`,
    key: keyOf(instance, symbol, group),
    strategy: "momentum_rider",
    strategyId: null,
    instance,
    symbol,
    name: `S${symbol}`,
    side: 1,
    group,
    sequence: 1,
    entry: 100,
    stop: 98,
    target: 103,
    openedAt: 0,
    deadline: 3_600 * SECOND_US,
    confidenceRaw: 0.8,
    confidence: 0.6,
    regime: "unknown",
    fees: FEES,
    ...other,
  };
}

export type Step =
  | { readonly kind: "event"; readonly event: TapeEvent }
  | { readonly kind: "open"; readonly opening: Opening }
  | {
      readonly kind: "exit";
      readonly instance: number;
      readonly symbol: number;
      readonly sequence: number;
      readonly clock: number;
      readonly price: number;
    };

/** Walks of `symbols` prices; signals of a few instances stand behind the event that caused them. */
export function randomTape(seed: number, events: number, symbols = 4): readonly Step[] {
  const random = new Random(seed);
  const prices = Array.from({ length: symbols }, () => 100);
  const steps: Step[] = [];
  for (let sequence = 1; sequence <= events; sequence++) {
    const symbol = random.integer(symbols);
    const clock = sequence * SECOND_US;
    const step = (): number => 1 + 0.01 * (random.next() - 0.5) * (random.integer(20) === 0 ? 8 : 1);
    const price = (prices[symbol] ?? 100) * step();
    prices[symbol] = price;
    steps.push({ kind: "event", event: { symbol, sequence, clock, prices: pricesOf(random, price, clock) } });
    const instance = random.integer(3);
    if (random.integer(6) === 0) {
      const side = random.integer(2) === 0 ? 1 : -1;
      const [stop, target] = [price * (1 - 0.02 * side), price * (1 + 0.03 * side)];
      const deadline = clock + (1 + random.integer(600)) * SECOND_US;
      const entered = { side, sequence, entry: price, stop, target, openedAt: clock, deadline } as const;
      steps.push({ kind: "open", opening: openingOf({ instance, symbol, ...entered, id: `sig_${sequence}` }) });
    } else if (random.integer(40) === 0) steps.push({ kind: "exit", instance, symbol, sequence, clock, price });
  }
  return steps;
}

function pricesOf(random: Random, price: number, clock: number): TapeEvent["prices"] {
  const form = random.integer(3);
  if (form === 0) return { price };
  if (form === 1) return { bid: price * (1 - 0.001 * random.next()), ask: price * (1 + 0.001 * random.next()) };
  const open = price * (1 + 0.02 * (random.next() - 0.5));
  const start = clock - random.integer(100) * SECOND_US;
  const [high, low] = [1 + 0.01 * random.next(), 1 - 0.01 * random.next()];
  return { open, high: Math.max(open, price) * high, low: Math.min(open, price) * low, close: price, start };
}
