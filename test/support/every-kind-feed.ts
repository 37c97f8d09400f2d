// A feed that holds every kind of event, in scenes that give each built-in strategy something to speak about. Made from
// a seed: the same messages at the same times whenever it is asked for. Times are microseconds since the epoch.
import { Random } from "../../src/domain/random.ts";

export interface FedMessage {
  /** When it reaches the engine. */
  readonly at: number;
  readonly market: readonly Readonly<Record<string, unknown>>[];
}

const DAY = 86_400e6;
const MINUTE = 60e6;
const SECOND = 1e6;

class Script {
  readonly messages: FedMessage[] = [];
  readonly random = new Random(18);
  at: number;

  constructor(begin: number) {
    this.at = begin;
  }

  /** Events that happen now. */
  send(...events: readonly Readonly<Record<string, unknown>>[]): void {
    this.messages.push({ at: this.at, market: events.map((event) => ({ timestamp: this.at / 1e6, ...event })) });
  }
  pass(us: number): void {
    this.at += us;
  }
}

function bar(symbol: string, close: number, spread: number, seconds: number, volume = 10): Record<string, unknown> {
  const [high, low] = [close * (1 + spread), close * (1 - spread)];
  return { kind: "bar", symbol, open: close, high, low, close, volume, interval_s: seconds };
}

/** Six years of central-bank money and of daily closes: the strategies of the longest horizon, and quarterly reports. */
function years(script: Script): void {
  const { random } = script;
  let price = 100;
  let share = 50;
  for (let day = 0; day < 6 * 365; day++) {
    script.pass(DAY);
    const growth = day > 5.6 * 365 ? 0.004 : 0;
    price *= Math.exp(0.0012 + 0.01 * random.normal());
    const quarter = day % 91 === 90;
    share *= Math.exp(0.008 * random.normal() + (quarter && day > 5 * 365 ? 0.06 : 0));
    if (day % 7 === 0) {
      const wave = 1 + 0.02 * Math.sin(day / 60) + 0.003 * random.normal() + growth * (day - 5.6 * 365);
      script.send(
        { kind: "macro", series: "WALCL", value: 7e6 * wave, unit: "usd_millions" },
        { kind: "macro", series: "WTREGEN", value: 5e5 * (1 + 0.01 * random.normal()), unit: "usd_millions" },
        { kind: "macro", series: "RRPONTSYD", value: 400 * (1 + 0.01 * random.normal()), unit: "usd_billions" },
      );
    }
    script.send(bar("BTCUSD", price, 0.012, 86_400), { ...bar("SHARE", share, 0.01, 86_400), asset_type: "crypto" });
    if (quarter) {
      const surprise = day > 5 * 365 ? 0.5 : 0.02 * random.normal();
      const report = {
        kind: "earnings",
        symbol: "SHARE",
        actual: 1 + surprise,
        expected: 1,
        announced_at: script.at / 1e6,
      };
      script.send(report);
    }
  }
}

/** Five weeks of news by the hour, then a wave of good ones; and a decision on rates between five-minute bars. */
function weeks(script: Script): void {
  const { random } = script;
  let price = 200;
  const minute = (drift: number, volatility = 0.0004): void => {
    script.pass(MINUTE);
    price *= Math.exp(drift + volatility * random.normal());
    script.send(bar("ETHUSD", price, 0.0005, 60));
  };
  for (let hour = 0; hour < 35 * 24; hour++) {
    script.pass(3_600e6);
    const score = Math.max(-1, Math.min(1, 0.1 * random.normal()));
    script.send({ kind: "news", symbol: "ETHUSD", score, hash: `calm ${hour}` }, bar("ETHUSD", price, 0.001, 60));
  }
  for (let index = 0; index < 40; index++) {
    minute(0.0008);
    script.send({ kind: "news", symbol: "ETHUSD", score: 0.9, hash: `wave ${index}` });
  }
  // A quiet market, then one that is not: the regime changes.
  for (let index = 0; index < 400; index++) minute(0, 0.0003);
  for (let index = 0; index < 150; index++) minute(0.0012, 0.0035);
  for (let index = 0; index < 60; index++) {
    script.pass(5 * MINUTE);
    price *= Math.exp(0.0005 * random.normal());
    script.send(bar("ETHUSD", price, 0.001, 300));
  }
  for (const after of [5.33, 5.33, 5.58]) {
    script.send({ kind: "rates", before: 5.33, after, day: 14, days_in_month: 30, contract: "FF1" });
    for (let index = 0; index < 12; index++) {
      script.pass(MINUTE);
      script.send(bar("ETHUSD", (price *= 1 - 0.0004), 0.001, 60));
    }
  }
  for (let index = 0; index < 60; index++) {
    script.pass(3 * MINUTE);
    price *= Math.exp(0.002 * Math.sin(index / 6) + 0.001 * random.normal());
    script.send(bar("ETHUSD", price, 0.002, 180));
  }
}

/** Bars of a second: trends, breaks, exhaustion, and two prices that belong together. */
function hours(script: Script): void {
  const { random } = script;
  let walk = 0;
  let spread = 0;
  let single = 0;
  for (let second = 0; second < 1_800; second++) {
    script.pass(SECOND);
    walk += 0.001 * random.normal();
    spread = 0.9 * spread + 0.001 * random.normal();
    const burst = second % 300 > 260;
    single = burst ? single + (second % 600 > 300 ? 0.0012 : -0.0012) : 0.97 * single + 0.0006 * random.normal();
    script.send(
      { symbol: "LTCUSD", price: 80 * Math.exp(walk), volume: 1 },
      { symbol: "BCHUSD", price: 300 * Math.exp(walk + spread), volume: 1 },
      { symbol: "SOLUSD", price: 20 * Math.exp(single), volume: burst ? 9 : 2 },
    );
  }
}

/** A minute by tenths of a second: books of three currencies, one coin on two venues, a funding rate, resting orders. */
function moments(script: Script): void {
  const { random } = script;
  const leader: number[] = [0, 0, 0, 0, 0];
  let walk = 0;
  for (let hour = 0; hour < 12; hour++) {
    script.pass(8 * 3_600e6);
    script.send(
      { kind: "funding", symbol: "XRPUSDT", rate: 0.004, interval_hours: 8, venue: "EAST" },
      { kind: "funding", symbol: "XRPUSDT", rate: -0.001, interval_hours: 8, venue: "WEST" },
    );
  }
  for (let step = 0; step < 12_000; step++) {
    script.pass(100_000);
    walk += (step % 10 === 0 ? 0.0015 : 0.0001) * random.normal();
    leader.push(walk);
    const [fast, slow] = [0.6 * Math.exp(walk), 0.6 * Math.exp(leader.at(-5) ?? 0)];
    const book = (mid: number): Record<string, number> => ({ bid: mid * 0.99995, ask: mid * 1.00005 });
    const sizes = { bid_size: 5, ask_size: 4 };
    script.send(
      { kind: "quote", symbol: "XRPUSDT", ...book(fast), ...sizes, venue: "EAST" },
      { kind: "quote", symbol: "XRPUSDT", ...book(slow), ...sizes, venue: "WEST" },
    );
    const coin = 100 + 0.02 * random.normal();
    const reach = 0.05 * -Math.log(1 - random.next()) * (random.next() < 0.5 ? 1 : -1);
    const gap = step % 1_000 === 999 ? 1.01 : 1;
    script.send(
      { kind: "quote", symbol: "ADAUSD", bid: coin - 0.02, ask: coin + 0.02, bid_size: 50, ask_size: 40 },
      { symbol: "ADAUSD", price: coin + reach, volume: 1 },
      { kind: "quote", symbol: "BTCEUR", bid: 49_990 * gap, ask: 50_000 * gap, bid_size: 3, ask_size: 3 },
      { kind: "quote", symbol: "EURUSD", bid: 1.0999, ask: 1.1, bid_size: 1e6, ask_size: 1e6 },
      { kind: "quote", symbol: "BTCUSD", bid: 54_990, ask: 55_000, bid_size: 3, ask_size: 3 },
    );
  }
}

/** Begins on a Monday of 2020, so that the weekdays of its scenes are the same in every run. */
export function everyKindFeed(): readonly FedMessage[] {
  const script = new Script(Date.UTC(2020, 0, 6) * 1000);
  years(script);
  weeks(script);
  hours(script);
  moments(script);
  return script.messages;
}
