// Indicators of one series of bars.
import { Indicators, type BarLists } from "../../indicators.ts";
import { count, number, oneOf, type Accepts, type Adapter, type Question } from "../adapter.ts";

type Params = Readonly<Record<string, Accepts>>;
type Answer = (indicators: Indicators, params: Readonly<Record<string, unknown>>, question: Question) => unknown;

function adapter(call: RegExp, params: Params, answer: Answer): Adapter {
  return {
    call,
    params,
    answer: (question) => answer(new Indicators(question.engine), question.golden.params, question),
  };
}
const close = ({ data, golden }: Question): number[] => data.input(golden);
function bars({ data, golden }: Question): BarLists {
  const columns = golden.input["columns"] as readonly string[];
  const column = (name: string): number[] => (columns.includes(name) ? data.input(golden, name) : []);
  return { high: column("high"), low: column("low"), close: column("close") };
}

const window = { n: count };
const seeded = { n: count, seed: oneOf("sma", "first value") };
const spread = { n: count, ddof: oneOf(0, 1) };
const crossing = { fast: count, slow: count, signal: count, seed: oneOf("sma", "first value") };

const macd: Answer = (indicators, { fast, slow, signal, seed }, question) => {
  const columns = indicators.macd(close(question), Number(fast), Number(slow), Number(signal), seed === "sma");
  return { macd: columns["line"], signal: columns["signals"], hist: columns["histogram"] };
};
const ema: Answer = (indicators, { n, seed }, question) => indicators.ema(close(question), Number(n), seed === "sma");
const atr: Answer = (indicators, { n, tr0 }, question) => indicators.atr(bars(question), Number(n), tr0 === "high-low");
const donchian: Answer = (indicators, { n, shift }, question) =>
  indicators.donchian(bars(question), Number(n), shift === 1);

export const indicatorsOfBars: readonly Adapter[] = [
  adapter(/^Series\.rolling\(n\)\.mean\(\)/, window, (each, { n }, question) => each.sma(close(question), Number(n))),
  adapter(/^seed = mean of first n closes/, seeded, ema),
  adapter(/^Series\.ewm\(span=n, adjust=False\)/, seeded, ema),
  adapter(/^Wilder averages seeded/, window, (each, { n }, question) => each.rsi(close(question), Number(n))),
  adapter(/^TR from index 1; seed/, { n: count, tr0: oneOf("excluded") }, atr),
  adapter(/^TR\[0\]=high-low counts; seed/, { n: count, tr0: oneOf("high-low") }, atr),
  adapter(/^high\.rolling\(n\)\.max\(\), low/, { n: count, shift: oneOf(0) }, donchian),
  adapter(/^as donchian, shifted by one bar/, { n: count, shift: oneOf(1) }, donchian),
  adapter(/^rolling mean \+- k\*rolling std/, { ...spread, k: number }, (each, { n, k, ddof }, question) =>
    each.bollinger(close(question), Number(n), Number(k), Number(ddof)),
  ),
  adapter(/^EMA\(fast\)-EMA\(slow\), each SMA-seeded/, crossing, macd),
  adapter(/^ewm\(adjust=False\) throughout/, crossing, macd),
  adapter(/^\(x-rolling mean\)\/rolling std\(ddof=1\), bar t/, spread, (each, { n, ddof }, question) =>
    each.zScore(close(question), Number(n), Number(ddof)),
  ),
  adapter(/^Series\.pct_change\(n\)/, window, (each, { n }, question) => each.change(close(question), Number(n))),
  adapter(
    /^log\(close\)\.diff\(\)\.rolling\(n\)\.std\(ddof=1\)/,
    { n: count, ddof: oneOf(1), annualised: oneOf(false) },
    (each, { n }, question) => each.logReturnVolatility(close(question), Number(n)),
  ),
  adapter(/^sqrt\(\(logret\*\*2\)\[1:\]\.ewm/, { lam: number }, (each, { lam }, question) =>
    each.ewmaVolatility(close(question), Number(lam)),
  ),
];
