// Markets that a strategy is tried on before anybody looks at its figures: small, odd, and the same every time. Times start
// at a fixed day and go on by a minute; prices are positive and finite, because nothing else ever reaches a strategy.
import { Random } from "../../../domain/random.ts";
import type { MarketEvent } from "../../../sandbox/sandbox.ts";

export interface Tape {
  readonly name: string;
  readonly events: readonly MarketEvent[];
}

const START_US = 1_704_067_200e6; // 2024-01-01
const MINUTE_US = 60e6;
const EVENTS = 600;

/** For so many symbols, one after the other in turn. */
export function tapesOf(symbols: number): readonly Tape[] {
  const tape = (name: string, price: (step: number) => number, gap: (step: number) => number = () => 1): Tape => {
    return { name, events: eventsOf(symbols, price, gap) };
  };
  return [
    tape("a random walk", walk(1, 100, 0.002)),
    tape("a constant price", () => 100),
    tape("a trend up", (step) => 100 * 1.001 ** step),
    tape("a trend down", (step) => 100 * 0.999 ** step),
    tape("a crash to a tenth", (step) => (step < EVENTS / 2 ? 100 : 10)),
    tape("gaps of days", walk(2, 100, 0.01), (step) => (step % 50 === 0 ? 4_320 : 1)),
    tape("huge prices", walk(3, 1e12, 0.01)),
    tape("tiny prices", walk(4, 1e-9, 0.01)),
    {
      name: "a single tick",
      events: eventsOf(
        symbols,
        () => 100,
        () => 1,
      ).slice(0, 1),
    },
    { name: "no tick at all", events: [] },
  ];
}

function eventsOf(
  symbols: number,
  price: (step: number) => number,
  gap: (step: number) => number,
): readonly MarketEvent[] {
  let time = START_US;
  return Array.from({ length: EVENTS }, (_, step) => {
    time += gap(step) * MINUTE_US;
    const now = price(step);
    const before = step > 0 ? price(step - 1) : now;
    const bar = { open: before, high: Math.max(before, now), low: Math.min(before, now) };
    const quote = { bid: 0, ask: 0, bidSize: 0, askSize: 0 };
    return { symbol: step % symbols, time, price: now, volume: 1 + (step % 7), ...bar, ...quote, position: 0 };
  });
}

/** Made once: asking for a step twice gives the same price. */
function walk(seed: number, from: number, step: number): (step: number) => number {
  const random = new Random(seed);
  let price = from;
  const prices = Array.from({ length: EVENTS }, () => (price *= 1 + Math.max(-0.5, step * random.normal())));
  return (index) => prices[index] ?? from;
}
