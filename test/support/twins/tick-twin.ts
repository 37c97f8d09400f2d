// The decoder's slow, obvious twin: one tick as a JavaScript object to the records it must become, or the reason why
// not. Written from the API's table, field by field, with nothing of the core's in it but the record layout and labels.
import * as layout from "../../../assembly/layout.ts";
import * as wire from "../../../assembly/wire.ts";
import { guessAssetType, type AssetType } from "../../../src/domain/asset-type.ts";
import type { Reason } from "../../../src/domain/event.ts";
import { scoreOf, similarityHash, wordsOf } from "../../../src/stream/ingest/story.ts";

export type TwinResult = { readonly records: string[] } | { readonly reason: Reason; readonly field: string | null };

class Refusal extends Error {
  readonly reason: Reason;
  readonly field: string | null;
  constructor(reason: Reason, field: string | null) {
    super(reason);
    this.reason = reason;
    this.field = field;
  }
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,31}$/;
const ASSETS: readonly AssetType[] = ["crypto", "forex", "indices", "commodities", "stocks"];
const KINDS = ["trade", "quote", "bar", "funding", "news", "earnings", "macro", "rates"];
const NUMBERS: Readonly<Record<string, readonly string[]>> = {
  trade: "price close volume open high low bid ask bid_size ask_size funding_rate sentiment liquidity_index".split(" "),
  quote: ["bid", "ask", "bid_size", "ask_size"],
  bar: ["close", "volume", "open", "high", "low", "interval_s"],
  funding: ["rate", "interval_hours"],
  news: ["score", "source_weight"],
  earnings: ["actual", "expected"],
  macro: ["value"],
  rates: ["before", "after", "day", "days_in_month"],
};
const UNITS = "other index percent basis_points count thousands usd usd_millions usd_billions usd_trillions".split(" ");

type Fields = Readonly<Record<string, unknown>>;
type Payload = readonly [number, number, number, number, number];
interface Draft {
  readonly kind: number;
  readonly subject: number;
  readonly aux: number;
  readonly payload: Payload;
}

export class TickTwin {
  private readonly clock: number;
  private readonly tables: readonly Map<string, number>[] = [new Map(), new Map(), new Map()];
  private readonly assets = new Map<string, number>();
  private names: string[] = [];

  constructor(clock: number) {
    this.clock = clock;
  }

  tick(value: unknown): TwinResult {
    this.names = [];
    try {
      const { time, drafts } = this.read(value);
      const records = drafts.map((draft, index) => this.hex(draft, time, index < drafts.length - 1));
      return { records: [...this.names, ...records] };
    } catch (error) {
      if (error instanceof Refusal) return { reason: error.reason, field: error.field };
      throw error;
    }
  }

  /** A name that somebody else has given an id. `asset`: ASSET_ code of a symbol. */
  adopt(table: number, id: number, name: string, asset: number): void {
    this.tables[table]?.set(name, id);
    if (table === layout.TABLE_SYMBOL) this.assets.set(name, asset);
  }

  private read(value: unknown): { time: number; drafts: Draft[] } {
    const fields = fieldsOf(value);
    const kind = "kind" in fields ? fields["kind"] : "trade";
    if (typeof kind !== "string") throw new Refusal("mistyped", "kind");
    if (!KINDS.includes(kind)) throw new Refusal("unknown_value", "kind");
    for (const name of NUMBERS[kind] ?? []) {
      if (name in fields && typeof fields[name] !== "number") throw new Refusal("mistyped", name);
    }
    const listed = kind === "news" && "symbols" in fields && !("symbol" in fields);
    text(fields, "symbol", !listed && kind !== "macro" && kind !== "rates");
    const asset = this.asset(fields);
    text(fields, "venue", false);
    const time = this.time(fields);
    return { time, drafts: this.drafts(kind, fields, asset) };
  }

  private asset(fields: Fields): number {
    if (!("asset_type" in fields)) return 0;
    text(fields, "asset_type", false);
    const code = ASSETS.indexOf(fields["asset_type"] as AssetType) + 1;
    if (code === 0) throw new Refusal("unknown_value", "asset_type");
    return code;
  }

  private time(fields: Fields): number {
    const given = "timestamp" in fields ? micros(fields, "timestamp") : this.clock;
    if (!("available_at" in fields)) return given;
    const available = micros(fields, "available_at");
    if (available >= given) return given;
    if ("timestamp" in fields) throw new Refusal("available_before", "available_at");
    return available;
  }

  private drafts(kind: string, fields: Fields, asset: number): Draft[] {
    switch (kind) {
      case "trade":
        return this.trade(fields, asset);
      case "quote":
        return this.quote(fields, asset);
      case "bar":
        return this.bar(fields, asset);
      case "funding": {
        const payload: Payload = [finite(fields, "rate"), positive(fields, "interval_hours"), 0, 0, 0];
        return [{ kind: layout.KIND_FUNDING, ...this.about(fields, asset), payload }];
      }
      case "news":
        return this.news(fields, asset);
      case "earnings": {
        const actual = finite(fields, "actual");
        const expected = "expected" in fields ? finite(fields, "expected") : Number.NaN;
        if (!("announced_at" in fields)) throw new Refusal("missing", "announced_at");
        const payload: Payload = [actual, expected, micros(fields, "announced_at"), 0, 0];
        return [{ kind: layout.KIND_EARNINGS, ...this.about(fields, asset), payload }];
      }
      case "macro":
        return [this.macro(fields)];
      default:
        return [this.rates(fields)];
    }
  }

  private trade(fields: Fields, asset: number): Draft[] {
    const price = positive(fields, "price" in fields || !("close" in fields) ? "price" : "close");
    const volume = notNegative(fields, "volume");
    for (const name of ["open", "high", "low", "bid", "ask"]) if (name in fields) positive(fields, name);
    const high = number(fields, "high", price);
    const low = number(fields, "low", price);
    if (high < price) throw new Refusal("high_low", "high");
    if (low > price) throw new Refusal("high_low", "low");
    const sizes = [notNegative(fields, "bid_size"), notNegative(fields, "ask_size")] as const;
    const quoted = "bid" in fields && "ask" in fields;
    const [bid, ask] = [number(fields, "bid", 0), number(fields, "ask", 0)];
    if (quoted && bid > ask) throw new Refusal("crossed", "bid");
    if ("funding_rate" in fields) finite(fields, "funding_rate");
    if ("sentiment" in fields) within(fields, "sentiment", -1, 1);
    if ("liquidity_index" in fields) finite(fields, "liquidity_index");
    const about = this.about(fields, asset);
    const open = number(fields, "open", price);
    const trade: Draft = { kind: layout.KIND_TRADE, ...about, payload: [price, volume, high, low, open] };
    const drafts: Draft[] = quoted
      ? [{ kind: layout.KIND_QUOTE, ...about, payload: [bid, ask, ...sizes, 0] }, trade]
      : [trade];
    const extra = (name: string, kind: number, payload: Payload): void => {
      if (name in fields) drafts.push({ kind, ...about, payload });
    };
    extra("funding_rate", layout.KIND_FUNDING, [number(fields, "funding_rate", 0), 8, 0, 0, 0]);
    extra("sentiment", layout.KIND_NEWS, [number(fields, "sentiment", 0), 1, 0, 0, 0]);
    if ("liquidity_index" in fields) {
      const series = this.id(layout.TABLE_SERIES, "LIQUIDITY_INDEX", "liquidity_index", 0);
      const payload: Payload = [number(fields, "liquidity_index", 0), wire.UNIT_INDEX, 0, 0, 0];
      drafts.push({ kind: layout.KIND_MACRO, subject: series, aux: 0, payload });
    }
    return drafts;
  }

  private quote(fields: Fields, asset: number): Draft[] {
    const bid = positive(fields, "bid");
    const ask = positive(fields, "ask");
    const sizes = [notNegative(fields, "bid_size"), notNegative(fields, "ask_size")] as const;
    if (bid > ask) throw new Refusal("crossed", "bid");
    const bids = levels(fields, "bids", bid, (price, before) => price < before);
    const asks = levels(fields, "asks", ask, (price, before) => price > before);
    const about = this.about(fields, asset);
    const bidSize = "bid_size" in fields ? sizes[0] : (bids[0]?.[1] ?? 0);
    const askSize = "ask_size" in fields ? sizes[1] : (asks[0]?.[1] ?? 0);
    const drafts: Draft[] = [{ kind: layout.KIND_QUOTE, ...about, payload: [bid, ask, bidSize, askSize, 0] }];
    for (let level = 1; level < Math.max(bids.length, asks.length); level++) {
      const [b, a] = [bids[level] ?? [0, 0], asks[level] ?? [0, 0]];
      drafts.push({ kind: layout.KIND_QUOTE, ...about, payload: [b[0], a[0], b[1], a[1], level] });
    }
    return drafts;
  }

  private bar(fields: Fields, asset: number): Draft[] {
    const close = positive(fields, "close");
    const [open, high, low] = ["open", "high", "low"].map((name) => positive(fields, name)) as [number, number, number];
    if (high < Math.max(open, close, low)) throw new Refusal("high_low", "high");
    if (low > Math.min(open, close)) throw new Refusal("high_low", "low");
    const interval = Math.floor(within(fields, "interval_s", 0.001, 4_294_967) * 1e3 + 0.5);
    const volume = notNegative(fields, "volume");
    const { subject } = this.about(fields, asset);
    return [{ kind: layout.KIND_BAR, subject, aux: interval, payload: [open, high, low, close, volume] }];
  }

  private news(fields: Fields, asset: number): Draft[] {
    const listed = "symbols" in fields && !("symbol" in fields);
    const symbols = listed ? symbolList(fields["symbols"]) : [];
    text(fields, "text", false, 65_536);
    const words = typeof fields["text"] === "string" ? wordsOf(fields["text"]) : null;
    const score = words !== null && !("score" in fields) ? scoreOf(words) : within(fields, "score", -1, 1);
    const weight = "source_weight" in fields ? within(fields, "source_weight", 0, 1) : 1;
    text(fields, "hash", false);
    const hash = fnv1a(fields["hash"]);
    const [low, high] =
      words !== null && !("hash" in fields) ? similarityHash(words) : [Number(hash & 0xffffffffn), Number(hash >> 32n)];
    const payload: Payload = [score, weight, low, high, 0];
    this.checkNames(listed ? symbols.map((name) => ["symbols", name]) : [["symbol", fields["symbol"]]], fields);
    const subjects = listed
      ? [...new Set(symbols.map((name) => this.id(layout.TABLE_SYMBOL, name, "symbols", asset)))]
      : [this.id(layout.TABLE_SYMBOL, fields["symbol"] as string, "symbol", asset)];
    const aux = this.venue(fields);
    return subjects.map((subject) => ({ kind: layout.KIND_NEWS, subject, aux, payload }));
  }

  private macro(fields: Fields): Draft {
    text(fields, "series", true);
    const value = finite(fields, "value");
    text(fields, "unit", true);
    const unit = Math.max(0, UNITS.indexOf(fields["unit"] as string));
    const subject = this.id(layout.TABLE_SERIES, fields["series"] as string, "series", 0);
    return { kind: layout.KIND_MACRO, subject, aux: 0, payload: [value, unit, 0, 0, 0] };
  }

  private rates(fields: Fields): Draft {
    const [before, after] = [finite(fields, "before"), finite(fields, "after")];
    const days = whole(fields, "days_in_month", 28, 31);
    const day = whole(fields, "day", 1, days);
    text(fields, "contract", false);
    const named = "contract" in fields;
    const aux = named ? this.id(layout.TABLE_SERIES, fields["contract"] as string, "contract", 0) : 0;
    const code = named ? /^.+([FGHJKMNQUVXZ])\d{1,4}$/i.exec(fields["contract"] as string)?.[1] : undefined;
    const month = code === undefined ? 0 : "FGHJKMNQUVXZ".indexOf(code.toUpperCase()) + 1;
    return { kind: layout.KIND_RATES, subject: 0, aux, payload: [before, after, day, days, month] };
  }

  /** All names of a tick are looked at before any of them gets an id. */
  private checkNames(names: readonly (readonly [string, unknown])[], fields: Fields): void {
    const venue: readonly (readonly [string, unknown])[] = "venue" in fields ? [["venue", fields["venue"]]] : [];
    for (const [field, name] of [...names, ...venue]) {
      if (!NAME.test(name as string)) throw new Refusal("bad_name", field);
    }
  }
  private about(fields: Fields, asset: number): { subject: number; aux: number } {
    this.checkNames([["symbol", fields["symbol"]]], fields);
    const subject = this.id(layout.TABLE_SYMBOL, fields["symbol"] as string, "symbol", asset);
    return { subject, aux: this.venue(fields) };
  }
  private venue(fields: Fields): number {
    return "venue" in fields ? this.id(layout.TABLE_VENUE, fields["venue"] as string, "venue", 0) : 0;
  }

  private id(table: number, written: string, field: string, asset: number): number {
    if (!NAME.test(written)) throw new Refusal("bad_name", field);
    const name = written.toUpperCase();
    const ids = this.tables[table] as Map<string, number>;
    const known = ids.get(name);
    const symbol = table === layout.TABLE_SYMBOL;
    const code = symbol ? asset || ASSETS.indexOf(guessAssetType(name)) + 1 : 0;
    if (known !== undefined && (!symbol || asset === 0 || this.assets.get(name) === asset)) return known;
    const id = known ?? ids.size + (symbol ? 0 : 1);
    ids.set(name, id);
    if (symbol) this.assets.set(name, code);
    this.names.push(this.nameRecord(table, id, code, name));
    return id;
  }

  private nameRecord(table: number, id: number, asset: number, name: string): string {
    const bytes = Buffer.alloc(layout.EVENT_BYTES);
    this.head(bytes, id, layout.KIND_NAME, 0, table | (asset << 8) | (name.length << 16), this.clock);
    bytes.write(name, layout.EVENT_PAYLOAD, "latin1");
    return bytes.toString("hex");
  }
  private hex(draft: Draft, time: number, more: boolean): string {
    const bytes = Buffer.alloc(layout.EVENT_BYTES);
    this.head(bytes, draft.subject, draft.kind, more ? layout.FLAG_MORE : 0, draft.aux, time);
    draft.payload.forEach((value, index) => bytes.writeDoubleLE(value, layout.EVENT_PAYLOAD + index * 8));
    return bytes.toString("hex");
  }
  private head(bytes: Buffer, subject: number, kind: number, flags: number, aux: number, time: number): void {
    bytes.writeUInt16LE(subject, layout.EVENT_SUBJECT);
    bytes.writeUInt8(kind, layout.EVENT_KIND);
    bytes.writeUInt8(flags, layout.EVENT_FLAGS);
    bytes.writeUInt32LE(aux, layout.EVENT_AUX);
    bytes.writeDoubleLE(time, layout.EVENT_TIME);
    bytes.writeDoubleLE(this.clock, layout.EVENT_CLOCK);
  }
}

/** The compact array is a map in short. */
function fieldsOf(value: unknown): Fields {
  if (!Array.isArray(value)) {
    if (typeof value !== "object" || value === null) throw new Refusal("not_a_tick", null);
    return value as Fields;
  }
  if (value.length < 4 || value.length > 5) throw new Refusal("array_length", null);
  const names = ["symbol", "price", "volume", "timestamp", "asset_type"];
  const elements: readonly unknown[] = value;
  const fields: Record<string, unknown> = {};
  elements.forEach((element, index) => {
    const name = names[index] ?? "";
    if (index < 2 || element !== null) fields[name] = element;
  });
  return fields;
}

function text(fields: Fields, name: string, required: boolean, most = 256): void {
  if (!(name in fields)) {
    if (required) throw new Refusal("missing", name);
    return;
  }
  const value = fields[name];
  if (typeof value !== "string") throw new Refusal("mistyped", name);
  if (Buffer.byteLength(value) > most) throw new Refusal("too_long", name);
}
function number(fields: Fields, name: string, otherwise: number): number {
  return name in fields ? (fields[name] as number) : otherwise;
}
function required(fields: Fields, name: string): number {
  if (!(name in fields)) throw new Refusal("missing", name);
  return fields[name] as number;
}
function positive(fields: Fields, name: string): number {
  const x = required(fields, name);
  if (!(x > 0 && x < Infinity)) throw new Refusal("not_positive", name);
  if (x < 1e-12 || x > 1e15) throw new Refusal("out_of_range", name);
  return x;
}
function notNegative(fields: Fields, name: string): number {
  const x = number(fields, name, 0);
  if (!(x >= 0 && x < Infinity)) throw new Refusal("negative", name);
  if (x > 1e30) throw new Refusal("out_of_range", name);
  return x;
}
function finite(fields: Fields, name: string): number {
  const x = required(fields, name);
  if (!Number.isFinite(x)) throw new Refusal("not_finite", name);
  return x;
}
function within(fields: Fields, name: string, low: number, high: number): number {
  const x = required(fields, name);
  if (!(x >= low && x <= high)) throw new Refusal("out_of_range", name);
  return x;
}
function whole(fields: Fields, name: string, low: number, high: number): number {
  const x = within(fields, name, low, high);
  if (!Number.isInteger(x)) throw new Refusal("out_of_range", name);
  return x;
}
function micros(fields: Fields, name: string): number {
  const value = fields[name];
  const x = value instanceof Date ? value.getTime() * 1e3 : value;
  if (typeof x !== "number") throw new Refusal("mistyped", name);
  const factor = x < 1e11 ? 1e6 : x < 1e14 ? 1e3 : 1;
  const us = Math.floor((value instanceof Date ? x : x < 1e17 ? x * factor : x / 1e3) + 0.5);
  if (!(x > 0) || us < 1 || us >= Date.UTC(2100, 0) * 1e3) throw new Refusal("bad_timestamp", name);
  return us;
}
function levels(
  fields: Fields,
  name: string,
  top: number,
  better: (price: number, before: number) => boolean,
): (readonly [number, number])[] {
  if (!(name in fields)) return [];
  const value = fields[name];
  if (!Array.isArray(value)) throw new Refusal("mistyped", name);
  if (value.length > 10) throw new Refusal("too_long", name);
  let before: number | null = null;
  return value.map((level: unknown) => {
    const pair = Array.isArray(level) && level.length === 2 ? (level as unknown[]) : [];
    const [price, size] = pair;
    if (typeof price !== "number" || typeof size !== "number") throw new Refusal("bad_levels", name);
    const ordered = before === null ? price === top : better(price, before);
    if (!ordered || !(price > 0 && price < Infinity && size >= 0 && size < Infinity)) {
      throw new Refusal("bad_levels", name);
    }
    before = price;
    return [price, size] as const;
  });
}
function symbolList(value: unknown): string[] {
  if (!Array.isArray(value)) throw new Refusal("mistyped", "symbols");
  if (value.length > 32) throw new Refusal("too_long", "symbols");
  if (value.length === 0 || !value.every((name) => typeof name === "string")) throw new Refusal("mistyped", "symbols");
  return value;
}
function fnv1a(value: unknown): bigint {
  if (typeof value !== "string") return 0n;
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(value)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash;
}
