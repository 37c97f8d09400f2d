// Markets with a planted truth for the generator of compositions: a strategy says long, short or nothing by chance, regimes
// come and go by chance, and while both are right the price drifts as the strategy says. Rules are read by their twin, so that
// hundreds of candidates take a moment.
import { REGIMES } from "../../../src/domain/regime.ts";
import { founderOf, RuleEvolution, type Species } from "../../../src/learning/generation.ts";
import { eventOf } from "../strategy-code.ts";
import { Random } from "../random.ts";
import { outcomeOf, triedOf } from "./generated-market.ts";
import { RuleTwin, type Told } from "./rule-twin.ts";

export interface RuleMarket {
  readonly seed: number;
  readonly bars: number;
  /** Drift of a bar in deviations while it is trending, and half as much against the strategy while it is ranging; 0: noise. */
  readonly edge: number;
  readonly costs?: number;
}
interface Bar {
  readonly price: number;
  readonly told: Readonly<Record<string, Told>>;
}

const SIGMA = 0.01;
const TURNS = 1 / 20;
const COSTS = 0.0005;
const BAR_US = 86_400e6;
export const SIGNALS = ["momentum_rider", "mean_reversion"];
const TOLD = { buy: false, sell: false, exit: false, side: 0, confidence: 0.6 };

function barsOf({ seed, bars, edge }: RuleMarket): readonly Bar[] {
  const random = new Random(seed);
  const said = new Map(SIGNALS.map((name) => [name, 0]));
  let [price, regime] = [100, 1];
  return Array.from({ length: bars }, () => {
    const drift = edge * (said.get("momentum_rider") ?? 0) * (regime === 1 ? 1 : regime === 2 ? -0.5 : 0);
    price *= 1 + SIGMA * (drift + random.normal());
    if (random.next() < TURNS) regime = 1 + Math.floor(random.next() * (REGIMES.length - 1));
    const signals = SIGNALS.map((name) => {
      const before = said.get(name) ?? 0;
      const side = random.next() < TURNS ? Math.floor(random.next() * 3) - 1 : before;
      said.set(name, side);
      return [name, { ...TOLD, side, buy: side > 0, sell: side < 0 }] as const;
    });
    return { price, told: { ...Object.fromEntries(signals), regime: { ...TOLD, side: regime } } };
  });
}

export function ruleSpecies(market: RuleMarket): Species<string> {
  const bars = barsOf(market);
  const costs = market.costs ?? COSTS;
  const run = (text: string): Float64Array => traded(bars, text, costs);
  const base = founderOf("momentum_rider");
  return {
    base,
    breed: (settings, random) => new RuleEvolution([base], SIGNALS, settings, random),
    evaluate: (text) => Promise.resolve(triedOf({ mark: markOf(text) }, run(text), market.seed)),
    finish: (text) =>
      Promise.resolve({ outcome: outcomeOf({ mark: markOf(text) }, run(text), market.seed), prices: [] }),
  };
}

/** What is decided at the end of a bar is held from there on. */
function traded(bars: readonly Bar[], text: string, costs: number): Float64Array {
  const twin = new RuleTwin(text);
  let [held, before] = [0, bars[0]?.price ?? 1];
  return Float64Array.from(bars, ({ price, told }, bar) => {
    const earned = held * (price / before - 1);
    before = price;
    const decided = twin.decide(eventOf(price, { time: bar * BAR_US, position: held }), told);
    const wanted = decided === null ? held : { buy: 1, sell: -1, exit: 0 }[decided.action];
    const paid = Math.abs(wanted - held) * costs;
    held = wanted;
    return earned - paid;
  });
}

function markOf(text: string): number {
  let mark = 0;
  for (const letter of text) mark = (Math.imul(mark, 31) + (letter.codePointAt(0) ?? 0)) >>> 0;
  return mark;
}
