// What a rule text means, event by event, straight from its tree: the twin of the code that is generated of it. Conditions
// are true, false or null for not known; nothing is shared, nothing is skipped.
import { readRules } from "../../../src/learning/rules.ts";
import type { Expression, RuleText } from "../../../src/learning/rules/syntax.ts";
import type { Decision, MarketEvent } from "../../../src/sandbox/sandbox.ts";
import { Atr, Change, Channel, Ema, Held, Macd, Volatility, Rsi, Sample } from "./sdk-twin.ts";

/** What a strategy of the engine said at an event. */
export interface Told {
  readonly buy: boolean;
  readonly sell: boolean;
  readonly exit: boolean;
  readonly side: number;
  readonly confidence: number;
}
type Value = number | boolean | null;
type Context = {
  readonly event: MarketEvent;
  readonly told: Readonly<Record<string, Told>>;
  readonly held: Held;
  readonly state: Volatility;
};
/** An expression that has seen every event so far. */
type Node = (context: Context) => Value;
type Name = Extract<Expression, { kind: "name" }>;

const SECONDS = { s: 1e6, m: 6e7, h: 3.6e9, d: 8.64e10 } as const;
const CONSTANTS: Readonly<Record<string, number>> = {
  unknown: 0,
  trending: 1,
  ranging: 2,
  volatile: 3,
  calm: 4,
  short: -1,
  flat: 0,
  long: 1,
};

export class RuleTwin {
  private readonly rules: readonly { readonly action: "buy" | "sell" | "exit"; readonly when: Node }[];
  private readonly settings: Readonly<Record<string, { readonly node: Node; readonly share: boolean }>>;
  private readonly held = new Held();
  private readonly state = new Volatility();

  constructor(text: string, given: Readonly<Record<string, number>> = {}) {
    const read = readRules(text);
    if (!read.ok) throw new Error(JSON.stringify(read.failure));
    const tree: RuleText = read.value.text;
    const { shares } = read.value.checked;
    const params = Object.fromEntries(
      tree.flatMap((one) => (one.kind === "param" ? [[one.name, given[one.name] ?? one.standard] as const] : [])),
    );
    this.rules = tree.flatMap((one) =>
      one.kind === "rule" ? [{ action: one.action, when: nodeOf(one.when, params) }] : [],
    );
    this.settings = Object.fromEntries(
      tree.flatMap((one) =>
        one.kind === "setting"
          ? [[one.setting, { node: nodeOf(one.value, params), share: shares.has(one.setting) }] as const]
          : [],
      ),
    );
  }

  decide(event: MarketEvent, told: Readonly<Record<string, Told>> = {}): Decision | null {
    this.held.next(event.position, event.price, event.time);
    this.state.next(event.price);
    const context = { event, told, held: this.held, state: this.state };
    const conditions = this.rules.map(({ action, when }) => ({ action, holds: when(context) === true }));
    const set = Object.fromEntries(
      Object.entries(this.settings).map(([name, { node, share }]) => {
        const value = node(context) as number;
        return [name, share && (name === "stop" || name === "target") ? value * event.price : value];
      }),
    );
    const first = conditions.find(({ action, holds }) => holds && (action !== "exit" || event.position !== 0));
    if (first === undefined) return null;
    if (first.action === "exit") return { action: "exit", confidence: 1, stop: 0, target: 0, size: 0 };
    return entryOf(first.action, event.price, set);
  }
}

function entryOf(action: "buy" | "sell", price: number, set: Readonly<Record<string, number>>): Decision | null {
  const side = action === "buy" ? 1 : -1;
  const { confidence = 1, size = 1, stop, target } = set;
  const out = stop === undefined ? 0 : stop > 0 ? price - side * stop : Number.NaN;
  const aim = target === undefined ? 0 : target > 0 ? price + side * target : Number.NaN;
  const usable = (level: number, asked: boolean): boolean => !asked || (level > 0 && level < Infinity);
  if (!usable(out, stop !== undefined) || !usable(aim, target !== undefined)) return null;
  if (!(confidence > 0) || !(size > 0)) return null;
  return { action, confidence: Math.min(1, confidence), stop: out, target: aim, size: Math.min(1, size) };
}

type Params = Readonly<Record<string, number>>;

function nodeOf(expression: Expression, params: Params): Node {
  if (expression.kind === "number") {
    const { value, unit } = expression;
    const number = unit === null ? value : unit === "%" ? value / 100 : value * SECONDS[unit];
    return () => number;
  }
  if (expression.kind === "name") return nameOf(expression, params);
  if (expression.kind === "unary") {
    const of = nodeOf(expression.of, params);
    if (expression.operator === "-") return (context) => -(of(context) as number);
    return (context) => {
      const value = of(context);
      return value === null ? null : !(value as boolean);
    };
  }
  const [left, right] = [nodeOf(expression.left, params), nodeOf(expression.right, params)];
  const { operator } = expression;
  let before = Number.NaN;
  return (context) => {
    const [a, b] = [left(context), right(context)];
    if (operator === "and") return a === false || b === false ? false : a === null || b === null ? null : true;
    if (operator === "or") return a === true || b === true ? true : a === null || b === null ? null : false;
    const [x, y] = [a as number, b as number];
    if (operator === "crosses above" || operator === "crosses below") {
      const distance = (operator === "crosses above" ? 1 : -1) * (x - y);
      const was = before;
      before = distance;
      if (distance <= 0 || was > 0) return false;
      return Number.isNaN(distance) || Number.isNaN(was) ? null : true;
    }
    if (operator === "+") return x + y;
    if (operator === "-") return x - y;
    if (operator === "*") return x * y;
    if (operator === "/") return x / y;
    if (Number.isNaN(x) || Number.isNaN(y)) return null;
    const held = { "<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y, "==": x === y, "!=": x !== y };
    return held[operator];
  };
}

function nameOf({ name, given, field }: Name, params: Params): Node {
  const param = params[name];
  if (param !== undefined) return () => param;
  const constant = CONSTANTS[name];
  if (constant !== undefined) return () => constant;
  if (name === "abs" || name === "min" || name === "max") return called(name, given ?? [], params);
  const reading = READINGS[field === null ? name : `${name}.${field}`];
  if (reading !== undefined) return reading;
  const lengths = (given ?? []).map((one) => (one.kind === "number" ? one.value : (params[(one as Name).name] ?? 0)));
  const indicator = indicatorOf(name, lengths, field ?? "value");
  if (indicator !== null) return indicator;
  return ({ told }) => {
    const one = told[name] as Told;
    if (field === "long" || field === "short" || field === "flat") return one.side === CONSTANTS[field];
    return one[field as keyof Told];
  };
}

function called(name: "abs" | "min" | "max", given: readonly Expression[], params: Params): Node {
  const nodes = given.map((one) => nodeOf(one, params));
  return (context) => {
    const [a = 0, b = 0] = nodes.map((one) => one(context) as number);
    if (name === "abs") return a < 0 ? -a : a;
    if (Number.isNaN(a) || Number.isNaN(b)) return Number.NaN;
    return name === "min" ? (a < b ? a : b) : a > b ? a : b;
  };
}

const known = (price: number): number => (price > 0 ? price : Number.NaN);
const day = (time: number): number => Math.floor(time / 8.64e10);
const READINGS: Readonly<Record<string, Node>> = {
  price: ({ event }) => event.price,
  open: ({ event }) => event.open,
  high: ({ event }) => event.high,
  low: ({ event }) => event.low,
  bid: ({ event }) => known(event.bid),
  ask: ({ event }) => known(event.ask),
  spread: ({ event }) => known(event.ask) - known(event.bid),
  volume: ({ event }) => event.volume,
  hour: ({ event }) => new Date(event.time / 1000).getUTCHours(),
  minute: ({ event }) => new Date(event.time / 1000).getUTCMinutes(),
  weekday: ({ event }) => ((day(event.time) + 3) % 7) + 1,
  position: ({ held }) => held.side,
  held: ({ held }) => held.age,
  entry: ({ held }) => held.entry,
  profit: ({ held }) => held.profit,
  regime: ({ told }) => told["regime"]?.side ?? 0,
  volatility: ({ state }) => state.ratio,
  "volatility.high": ({ state }) => (Number.isNaN(state.ratio) ? null : state.ratio > 1.5),
  "volatility.low": ({ state }) => (Number.isNaN(state.ratio) ? null : state.ratio < 2 / 3),
};

function indicatorOf(name: string, lengths: readonly number[], field: string): Node | null {
  const whole = lengths.map(Math.trunc);
  const [a, b, c] = whole;
  const seen = <T>(one: T, next: (one: T, event: MarketEvent) => void, read = field): Node => {
    return ({ event }) => {
      next(one, event);
      return one[read as keyof T] as number;
    };
  };
  const price = (one: { next: (x: number) => unknown }, { price: x }: MarketEvent): void => void one.next(x);
  switch (name) {
    case "sma":
      return seen(new Sample("sma", a ?? 0), price);
    case "average_volume":
      return seen(new Sample("sma", a ?? 20), (one, { volume }) => one.next(volume));
    case "deviation":
      return seen(new Sample("deviation", a ?? 0), price);
    case "zscore":
      return seen(new Sample("zscore", a ?? 20), price);
    case "bollinger":
      return seen(new Sample("bands", a ?? 20, lengths[1] ?? 2), price, field === "middle" ? "value" : field);
    case "ema":
      return seen(new Ema(a ?? 0), price);
    case "rsi":
      return seen(new Rsi(a ?? 14), price);
    case "macd":
      return seen(new Macd(a ?? 12, b ?? 26, c ?? 9), price);
    case "change":
      return seen(new Change(a ?? 1), price);
    case "atr":
      return seen(new Atr(a ?? 14), (one, { high, low, price: x }) => one.next(high, low, x));
    case "highest":
    case "lowest": {
      const read = name === "highest" ? "upper" : "lower";
      return seen(new Channel(a ?? 20), (one, { high, low }) => one.next(high, low), read);
    }
    default:
      return null;
  }
}
