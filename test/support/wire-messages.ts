// Random market data as senders write it, good and bad, and its encodings with all the freedom that JSON and msgpack
// leave: white space, escapes, key order; longer forms than needed of numbers, strings and containers.
import type { Random } from "./random.ts";

const SYMBOLS = ["BTCUSD", "btcusd", "AAPL", "eth-usdt", "EUR/USD", "A", "x.y_z-9", "a".repeat(32), "DEMO-BTC/USDT"];
const BAD_NAMES = ["", " A", "A B", "-A", "a".repeat(33), "é", "A\u0000", "A\\n", "x".repeat(300)];
const TIMES = [1640995200, 1640995200.123456, 1640995200123, 1640995200123456, 1_640_995_200 * 1e9, 4102444799, 1];
const BAD_TIMES = [0, -1, 5e30, 4102444800, 0.0000001, 4102444800e9];
const WEIRD_NUMBERS = [-1, 0, 1e-320, 2 ** 53, 2 ** 63, 1e308, Infinity, -Infinity, Number.NaN, -1e300];
const WEIRD_TEXTS = ["x", "", "1", "x".repeat(257), 'é\n"\\ \u2028'];
const TEXTS = [
  "",
  "Profits soar",
  'No "fraud"\n\tat Acme\u2019s plant',
  "Gewinn \u{1f600}",
  "loss ".repeat(900),
  'a"\\'.repeat(500),
];
const WEIRD_OTHERS = [null, true, false, [], {}, [1], { a: 1 }, new Date(1640995200123)];
const WEIRD: readonly unknown[] = [...WEIRD_NUMBERS, ...WEIRD_TEXTS, ...WEIRD_OTHERS];

export type Tick = Record<string, unknown>;

export function pick<T>(random: Random, list: readonly T[]): T {
  return list[random.integer(list.length)] as T;
}
function chance(random: Random, share: number): boolean {
  return random.next() < share;
}
function price(random: Random): number {
  const x = 10 ** random.between(-6, 6);
  return pick(random, [x, Math.round(x) + 1, Math.round(x * 100) / 100 + 0.01, Math.fround(x)]);
}

const KINDS: Readonly<Record<string, (random: Random) => Tick>> = {
  trade: (random) => ({ symbol: pick(random, SYMBOLS), [pick(random, ["price", "close"])]: price(random) }),
  quote: (random) => {
    const bid = price(random);
    const tick: Tick = { symbol: pick(random, SYMBOLS), bid, ask: bid * 1.001 };
    if (chance(random, 0.4)) tick["bids"] = Array.from({ length: random.integer(12) }, (_, i) => [bid / (1 + i), i]);
    if (chance(random, 0.4)) tick["asks"] = Array.from({ length: random.integer(6) }, (_, i) => [bid * 1.001 + i, i]);
    return tick;
  },
  bar: (random) => {
    const low = price(random);
    const spread = random.between(0, 1);
    const [open, close] = [low * (1 + spread / 3), low * (1 + spread / 2)];
    return {
      symbol: pick(random, SYMBOLS),
      open,
      high: low * (1 + spread),
      low,
      close,
      interval_s: pick(random, [60, 0.5, 86400]),
    };
  },
  funding: (random) => ({ symbol: pick(random, SYMBOLS), rate: random.between(-1, 1), interval_hours: 8 }),
  news: (random) => ({
    ...(chance(random, 0.5)
      ? { symbol: pick(random, SYMBOLS) }
      : { symbols: Array.from({ length: random.integer(5) }, () => pick(random, SYMBOLS)) }),
    ...(chance(random, 0.7) ? { score: random.between(-1, 1) } : {}),
    ...(chance(random, 0.5) ? { text: pick(random, TEXTS) } : {}),
    ...(chance(random, 0.5) ? { hash: pick(random, ["h", "é中\u{1f600}", 'a"b\\c\n', ""]) } : {}),
  }),
  earnings: (random) => ({ symbol: pick(random, SYMBOLS), actual: random.normal(), announced_at: pick(random, TIMES) }),
  macro: (random) => ({
    series: pick(random, ["WALCL", "rrp", "CPI.X"]),
    value: random.normal(),
    unit: pick(random, ["usd_millions", "percent", "anything", "usd_trillions", "basis_points", "thousands"]),
  }),
  rates: (random) => ({ before: 5.25, after: random.between(0, 6), day: 1 + random.integer(28), days_in_month: 31 }),
};
const OPTIONAL: Readonly<Record<string, (random: Random) => unknown>> = {
  volume: (random) => pick(random, [0, 1, 1000, random.between(0, 1e6)]),
  timestamp: (random) => pick(random, chance(random, 0.95) ? TIMES : BAD_TIMES),
  asset_type: (random) => pick(random, ["crypto", "forex", "indices", "commodities", "stocks"]),
  venue: (random) => pick(random, ["binance", "NYSE", "x"]),
  open: price,
  high: () => 1e9,
  low: () => 1e-9,
  bid: () => 1e-8,
  ask: () => 1e8,
  bid_size: price,
  ask_size: price,
  funding_rate: (random) => random.normal() / 1e4,
  sentiment: (random) => random.between(-1, 1),
  liquidity_index: (random) => random.normal(),
  source_weight: (random) => random.next(),
  expected: (random) => random.normal(),
  contract: (random) => pick(random, ["ZQZ6", "zqf27", "Z6", "FRONT", "ZQA6", "ZQH12345", "zq.u2026"]),
  unknown: (random) => pick(random, WEIRD),
  nested: () => ({ a: [1, [2, { b: [] }]], "deep key": null }),
};

const KIND_NAMES = ["trade", "trade", "trade", ...Object.keys(KINDS)];
const OPTIONAL_NAMES = Object.keys(OPTIONAL);

/** One tick, mostly good; fields stand in any order. */
export function randomTick(random: Random): Tick {
  const kind = pick(random, KIND_NAMES);
  const tick: Tick = { ...KINDS[kind]?.(random) };
  if (kind !== "trade" || chance(random, 0.2)) tick["kind"] = kind;
  const extras = chance(random, 0.5) ? random.integer(3) : random.integer(8);
  for (let count = 0; count < extras; count++) {
    const name = pick(random, OPTIONAL_NAMES);
    if (!(name in tick)) tick[name] = OPTIONAL[name]?.(random);
  }
  if (chance(random, 0.3)) spoil(random, tick);
  return shuffled(random, tick);
}
function spoil(random: Random, tick: Tick): void {
  const name = pick(random, [...Object.keys(tick), "symbol", "price", "timestamp", "kind", "available_at", "symbols"]);
  const way = random.integer(4);
  if (way === 0) delete tick[name];
  else if (way === 1 && ["symbol", "venue", "series", "contract"].includes(name)) tick[name] = pick(random, BAD_NAMES);
  else tick[name] = pick(random, WEIRD);
}
function shuffled(random: Random, tick: Tick): Tick {
  const entries = Object.entries(tick);
  for (let index = entries.length - 1; index > 0; index--) {
    const other = random.integer(index + 1);
    const held = entries[index];
    const swapped = entries[other];
    if (held && swapped) [entries[index], entries[other]] = [swapped, held];
  }
  return Object.fromEntries(entries);
}
function compact(random: Random): unknown[] {
  const tick: unknown[] = [pick(random, SYMBOLS), price(random), random.integer(100), pick(random, TIMES)];
  if (chance(random, 0.3)) tick.push(pick(random, ["crypto", "stocks", null, 5]));
  if (chance(random, 0.2)) tick[random.integer(4)] = pick(random, WEIRD);
  if (chance(random, 0.05)) tick.pop();
  return tick;
}

export interface Message {
  /** What is encoded. */
  readonly value: unknown;
  readonly ticks: readonly unknown[];
}

export function randomMessage(random: Random): Message {
  const ticks = Array.from({ length: random.integer(7) }, () => {
    if (chance(random, 0.15)) return compact(random);
    return chance(random, 0.02) ? pick(random, [5, null, true]) : randomTick(random);
  });
  const one = chance(random, 0.5) ? randomTick(random) : [pick(random, SYMBOLS), ...compact(random).slice(1)];
  switch (random.integer(4)) {
    case 0:
      return { value: one, ticks: [one] };
    case 1:
      return { value: { market_data: one }, ticks: [one] };
    case 2:
      return { value: shuffled(random, { market_data: ticks, source: "x", n: 1 }), ticks };
    default:
      return { value: ticks, ticks };
  }
}

/** Whether JSON can say it: dates and NaN it cannot; infinities it can, as 1e400. */
export function fitsJson(value: unknown): boolean {
  if (value instanceof Date) return false;
  if (typeof value === "number") return !Number.isNaN(value);
  if (typeof value !== "object" || value === null) return true;
  return Object.values(value).every(fitsJson);
}

export function wildJson(value: unknown, random: Random): string {
  const gap = (): string => (chance(random, 0.1) ? pick(random, [" ", "\n", "\t", "\r\n  "]) : "");
  if (typeof value === "number") return gap() + jsonNumber(value, random) + gap();
  if (typeof value === "string") return gap() + jsonText(value, random) + gap();
  if (Array.isArray(value)) return `${gap()}[${value.map((item) => wildJson(item, random)).join(",")}${gap()}]${gap()}`;
  if (typeof value !== "object" || value === null) return gap() + JSON.stringify(value) + gap();
  const members = Object.entries(value).map(
    ([key, item]) => `${gap()}${jsonText(key, random)}:${wildJson(item, random)}`,
  );
  return `${gap()}{${members.join(",")}${gap()}}${gap()}`;
}
function jsonNumber(value: number, random: Random): string {
  if (value === Infinity) return "1e400";
  if (value === -Infinity) return "-1e400";
  if (Object.is(value, -0)) return "-0";
  const written = pick(random, [String(value), value.toExponential(), value.toPrecision(21), `${value}`]);
  return Number(written) === value ? written : JSON.stringify(value);
}
function jsonText(value: string, random: Random): string {
  if (!chance(random, 0.1)) return JSON.stringify(value);
  const units = Array.from({ length: value.length }, (_, index) => value.charCodeAt(index));
  return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("")}"`;
}

export function wildMsgpack(value: unknown, random: Random): Buffer {
  if (value === null || value === undefined) return Buffer.from([0xc0]);
  if (typeof value === "boolean") return Buffer.from([value ? 0xc3 : 0xc2]);
  if (typeof value === "number") return packNumber(value, random);
  if (typeof value === "string") return packText(value, random);
  if (value instanceof Date) return packTime(value, random);
  const entries = Array.isArray(value) ? [...value.values()] : Object.entries(value as Tick).flat(1);
  const count = Array.isArray(value) ? value.length : entries.length / 2;
  const items = Array.isArray(value)
    ? value.map((item) => wildMsgpack(item, random))
    : Object.entries(value as Tick).flatMap(([key, item]) => [packText(key, random), wildMsgpack(item, random)]);
  return Buffer.concat([packHead(Array.isArray(value), count, random), ...items]);
}
function packHead(list: boolean, count: number, random: Random): Buffer {
  const forms: Buffer[] = [bytesOf(list ? 0xdd : 0xdf, count, 4), bytesOf(list ? 0xdc : 0xde, count, 2)];
  if (count < 16) forms.push(Buffer.from([(list ? 0x90 : 0x80) | count]));
  return chance(random, 0.8) ? (forms.at(-1) as Buffer) : pick(random, forms);
}
function packText(value: string, random: Random): Buffer {
  const bytes = Buffer.from(value);
  const forms: Buffer[] = [bytesOf(0xdb, bytes.length, 4), bytesOf(0xda, bytes.length, 2)];
  if (bytes.length < 256) forms.push(bytesOf(0xd9, bytes.length, 1));
  if (bytes.length < 32) forms.push(Buffer.from([0xa0 | bytes.length]));
  return Buffer.concat([chance(random, 0.8) ? (forms.at(-1) as Buffer) : pick(random, forms), bytes]);
}
function packNumber(value: number, random: Random): Buffer {
  const f64 = Buffer.alloc(9, 0xcb);
  f64.writeDoubleBE(value, 1);
  const forms: Buffer[] = [f64];
  if (Object.is(Math.fround(value), value)) {
    const f32 = Buffer.alloc(5, 0xca);
    f32.writeFloatBE(value, 1);
    forms.push(f32);
  }
  if (Number.isInteger(value) && !Object.is(value, -0) && Math.abs(value) < 2 ** 63) forms.push(...integers(value));
  return pick(random, forms);
}
function integers(value: number): Buffer[] {
  const wide = Buffer.alloc(9, 0xd3);
  wide.writeBigInt64BE(BigInt(value), 1);
  const forms: Buffer[] = [wide];
  if (value >= 0) {
    const unsigned = Buffer.alloc(9, 0xcf);
    unsigned.writeBigUInt64BE(BigInt(value), 1);
    forms.push(unsigned);
    if (value < 2 ** 32) forms.push(bytesOf(0xce, value, 4));
    if (value < 2 ** 16) forms.push(bytesOf(0xcd, value, 2));
    if (value < 2 ** 8) forms.push(bytesOf(0xcc, value, 1));
    if (value < 128) forms.push(Buffer.from([value]));
  }
  if (value >= -(2 ** 31) && value < 2 ** 31) forms.push(bytesOf(0xd2, value >>> 0, 4));
  if (value >= -(2 ** 15) && value < 2 ** 15) forms.push(bytesOf(0xd1, value & 0xffff, 2));
  if (value >= -128 && value < 128) forms.push(bytesOf(0xd0, value & 0xff, 1));
  if (value >= -32 && value < 0) forms.push(Buffer.from([value & 0xff]));
  return forms;
}
function packTime(value: Date, random: Random): Buffer {
  const ms = value.getTime();
  const [seconds, nanoseconds] = [Math.floor(ms / 1000), (ms % 1000) * 1e6];
  const t64 = Buffer.from("d7ff0000000000000000", "hex");
  t64.writeBigUInt64BE((BigInt(nanoseconds) << 34n) | BigInt(seconds), 2);
  const t96 = Buffer.from("c70cff000000000000000000000000", "hex");
  t96.writeUInt32BE(nanoseconds, 3);
  t96.writeBigInt64BE(BigInt(seconds), 7);
  return pick(random, [t64, t96]);
}
function bytesOf(head: number, value: number, width: number): Buffer {
  const bytes = Buffer.alloc(1 + width, head);
  bytes.writeUIntBE(value, 1, width);
  return bytes;
}
