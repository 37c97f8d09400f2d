// What the generator of compositions builds with: conditions in the words of the rule language, and the plain program that
// follows one strategy's signals, from which a search begins when nobody has composed anything yet.
import type { Random } from "../../domain/random.ts";
import { REGIMES } from "../../domain/regime.ts";
import { parse } from "../rules/parser.ts";
import type { Action, Expression } from "../rules/syntax.ts";

export const REGIME_WORDS: readonly string[] = REGIMES.filter((regime) => regime !== "unknown");
export const SIGNAL_WORDS_SAID: readonly string[] = ["buy", "sell", "exit", "long", "short", "flat"];

/** Follows the signals of one strategy, long and short. */
export function founderOf(strategy: string): string {
  const over = `position == long and not ${strategy}.long or position == short and not ${strategy}.short`;
  return `exit when ${over};\nbuy when ${strategy}.buy;\nsell when ${strategy}.sell;\n`;
}

/** One at random that means something in a rule of that action. `signals`: strategies whose signals may be read. */
export function condition(random: Random, action: Action, signals: readonly string[]): Expression {
  const one = <T>(list: readonly T[]): T => list[random.integer(list.length)] as T;
  const length = (): number => one([5, 10, 14, 20, 30, 50, 100]);
  const made: readonly (() => string)[] = [
    () => `regime ${one(["==", "!="])} ${one(REGIME_WORDS)}`,
    () => one(["volatility.high", "volatility.low", "not volatility.high", "not volatility.low"]),
    () => `${one(signals)}.${one(SIGNAL_WORDS_SAID)}`,
    () => `rsi(${one([7, 14, 21])}) ${one(["<", ">"])} ${one([20, 30, 40, 50, 60, 70, 80])}`,
    () => `price ${one(["<", ">"])} ${one(["sma", "ema"])}(${length()})`,
    () => `zscore(${length()}) ${one(["> 0", "> 1", "> 2", "< 0", "< -1", "< -2"])}`,
    () => `change(${length()}) ${one(["> 0", "> 1", "> 2", "< 0", "< -1", "< -2"])} %`,
    () => `volume > average_volume(${length()})`,
    ...(action === "exit"
      ? [() => `held > ${one([15, 60, 240, 1_440])} m`, () => `profit > ${one([1, 2, 5])} %`]
      : [() => `price ${one(["> highest", "< lowest"])}(${length()})`]),
  ];
  // Regimes come up more often than chance would have it: strategies differ by where they earn.
  const text = random.next() < 0.3 ? made[0]?.() : one(made)();
  const [rule] = parse(`${action} when ${text};`);
  if (rule?.kind !== "rule") throw new Error(`${text} is no condition`);
  return rule.when;
}
