// The side of a compiled strategy that the engine calls. The engine writes one event at eventAddress(), calls run() and
// reads the decision at decisionAddress(); all numbers are f64 in the order of Market and of Strategy.
import { Market } from "./market";
import { PARAMETERS } from "./parameter";
import { SIGNALS } from "./signals";
import { Strategy } from "./strategy";

//  event     0 symbol  1 time  2 price  3 volume  4 open  5 high  6 low  7 bid  8 ask  9 bid size  10 ask size  11 position
//  decision  0 action  1 confidence  2 stop  3 target  4 size
//  signals   for each that was declared: 0 said (1 buy, 2 sell, 4 exit, added)  1 side  2 confidence  3 stop  4 target
const EVENT = memory.data(96, 16);
const DECISION = memory.data(40, 16);
const SIGNALS_MAX: i32 = 16;
const SIGNAL_BYTES: usize = 40;
const SIGNAL_DATA = memory.data(640, 16);
/** UTF-16 text that the engine asked for, as length in units and address. */
const SYMBOLS_MAX: i32 = 4_096;

const market = new Market();
const strategies: (Strategy | null)[] = [];
const counts: u32[] = [];
let make: (() => Strategy) | null = null;

export function install(create: () => Strategy): void {
  make = create;
}
export function eventAddress(): usize {
  return EVENT;
}
export function decisionAddress(): usize {
  return DECISION;
}
export function signalAddress(): usize {
  return SIGNAL_DATA;
}

export function signalCount(): i32 {
  assert(SIGNALS.length <= SIGNALS_MAX, "signals of more strategies than a strategy may read");
  return SIGNALS.length;
}
export function signalName(index: i32): string {
  return SIGNALS[index].name;
}

export function parameterCount(): i32 {
  return PARAMETERS.length;
}
export function parameterName(index: i32): string {
  return PARAMETERS[index].name;
}
export function parameterMeaning(index: i32): string {
  return PARAMETERS[index].meaning;
}
/** 0 standard, 1 least, 2 most. */
export function parameterNumber(index: i32, which: i32): f64 {
  const one = PARAMETERS[index];
  return which == 0 ? one.standard : which == 1 ? one.least : one.most;
}
export function setParameter(index: i32, value: f64): void {
  PARAMETERS[index].value = value;
}

/** Decides on the event that was written; 1 when there is a decision. Symbols begin with their first event. */
export function run(): i32 {
  const symbol = i32(load<f64>(EVENT));
  assert(symbol >= 0 && symbol < SYMBOLS_MAX, "more symbols than a strategy may have");
  while (strategies.length <= symbol) {
    strategies.push(null);
    counts.push(0);
  }
  let strategy = strategies[symbol];
  if (strategy == null) {
    strategy = make!();
    strategies[symbol] = strategy;
  }
  counts[symbol] += 1;
  read(symbol);
  hear();
  strategy.action = 0;
  strategy.onTick(market);
  if (strategy.action == 0) return 0;
  store<f64>(DECISION, <f64>strategy.action);
  store<f64>(DECISION, strategy.confidence, 8);
  store<f64>(DECISION, strategy.stop, 16);
  store<f64>(DECISION, strategy.target, 24);
  store<f64>(DECISION, strategy.size, 32);
  return 1;
}

function read(symbol: i32): void {
  market.symbol = symbol;
  market.time = load<f64>(EVENT, 8);
  market.price = load<f64>(EVENT, 16);
  market.volume = load<f64>(EVENT, 24);
  market.open = load<f64>(EVENT, 32);
  market.high = load<f64>(EVENT, 40);
  market.low = load<f64>(EVENT, 48);
  market.bid = load<f64>(EVENT, 56);
  market.ask = load<f64>(EVENT, 64);
  market.bidSize = load<f64>(EVENT, 72);
  market.askSize = load<f64>(EVENT, 80);
  market.position = load<f64>(EVENT, 88);
  market.count = counts[symbol];
}

function hear(): void {
  for (let index = 0; index < SIGNALS.length; index++) {
    const at = SIGNAL_DATA + usize(index) * SIGNAL_BYTES;
    const said = i32(load<f64>(at));
    const one = SIGNALS[index];
    one.buy = (said & 1) != 0;
    one.sell = (said & 2) != 0;
    one.exit = (said & 4) != 0;
    one.side = load<f64>(at, 8);
    one.confidence = load<f64>(at, 16);
    one.stop = load<f64>(at, 24);
    one.target = load<f64>(at, 32);
  }
}
