// Market data as it comes by Redis and HTTP: the decoder in WebAssembly with its host, msgpack and JSON. Every tick that it
// takes must be, byte for byte, what the slow twin makes of what a reference decoder reads; a tick that it refuses, the
// twin refuses for the same reason; a message that it takes, the reference takes.
import { isUtf8 } from "node:buffer";
import { Packr } from "msgpackr";
import * as layout from "../../../../assembly/layout.ts";
import { plainMsgpack } from "../../../../src/domain/msgpack.ts";
import { Door, NOON } from "../../ingest-door.ts";
import { Random } from "../../random.ts";
import { TickTwin } from "../../twins/tick-twin.ts";
import { fitsJson, randomMessage, wildJson, wildMsgpack } from "../../wire-messages.ts";
import type { Batch } from "../../../../src/stream/ingest/batch.ts";
import type { Chance } from "../chance.ts";
import { Reading, STRANGE } from "./msgpack-reference.ts";
import { bytesOf, fault, textsOf, type Target, type Trial } from "./target.ts";

const FILES = [
  ...["intake", "decoding", "batch", "names"].map((name) => `stream/ingest/${name}.js`),
  "domain/msgpack.js",
];
const KEYS =
  "symbol price close open high low volume timestamp asset_type venue kind bid ask bid_size ask_size bids asks interval_s " +
  "rate interval_hours score source_weight hash symbols text actual expected announced_at series value unit before after " +
  "day days_in_month contract available_at funding_rate sentiment liquidity_index market_data __proto__ constructor";
const VALUES =
  "trade quote bar funding news earnings macro rates crypto stocks forex indices commodities percent BTCUSD";
/** Of these the twin knows nothing: what there is no room for, and how keys stand in the bytes. */
const HOSTS_OWN: ReadonlySet<string> = new Set(["capacity", "overloaded", "held_full"]);
const OF_KEYS: ReadonlySet<string> = new Set(["duplicate_key", "forbidden_key"]);
const ERRORS_MAX = 20;
const DEPTH_MAX = 32;
const packr = new Packr({ useRecords: false });

function randomOf(chance: Chance): Random {
  return new Random(1 + chance.below(2 ** 31 - 2));
}

/** What a reference reads in the bytes. */
interface Read {
  readonly value: unknown;
  /** It is written in a way that readers understand differently. */
  readonly odd: boolean;
  readonly depth: number;
}

class TickTrial implements Trial {
  private readonly door = new Door({ build: "release", maxSymbols: 2_048 });
  private readonly twin = new TickTwin(NOON);

  run(input: Uint8Array): string {
    const { ingest } = this.door;
    const heldBefore = ingest.counters.held;
    const batch = ingest.accept(input, "http");
    ingest.publish();
    const records = this.door.hex();
    if (batch.failureReason !== undefined && records.length > 0) fault("a refused message left records");
    const read = refer(input);
    if (batch.failureReason !== undefined) {
      this.refused(batch, read);
      return batch.failureReason;
    }
    if (read === null) fault(`took ${batch.accepted} ticks of what the reference does not read`);
    const ticks = ticksOf(read.value);
    if (ticks === null) fault("took as market data what has no ticks");
    if (batch.accepted + batch.rejected !== ticks.length) fault(`${ticks.length} ticks, counted ${batch.accepted}`);
    const known = batch.errors.some(({ reason }) => HOSTS_OWN.has(reason)) || ingest.counters.held !== heldBefore;
    if (read.odd || known || batch.rejected > ERRORS_MAX) this.adopt(records);
    else this.compare(ticks, batch, records);
    return outcomeOf(batch);
  }

  /** Where a message is not compared, the twin still learns the names that it brought. */
  private adopt(records: readonly string[]): void {
    for (const hex of records) {
      const bytes = Buffer.from(hex, "hex");
      if (bytes[layout.EVENT_KIND] !== layout.KIND_NAME) continue;
      const aux = bytes.readUInt32LE(layout.EVENT_AUX);
      const name = bytes.toString("latin1", layout.EVENT_PAYLOAD, layout.EVENT_PAYLOAD + (aux >>> 16));
      this.twin.adopt(aux & 0xff, bytes.readUInt16LE(layout.EVENT_SUBJECT), name, (aux >>> 8) & 0xff);
    }
  }

  private compare(ticks: readonly unknown[], batch: Batch, records: readonly string[]): void {
    const errors = new Map(batch.errors.map((error) => [error.index, error]));
    const expected: string[] = [];
    for (const [index, tick] of ticks.entries()) {
      const error = errors.get(index);
      if (error !== undefined && OF_KEYS.has(error.reason)) continue;
      const told = this.twin.tick(tick instanceof Date ? STRANGE : tick);
      const field = error?.field.split(".")[1] ?? null;
      if ("records" in told) {
        if (error !== undefined) fault(`refused a good tick: ${error.message}`);
        expected.push(...told.records);
      } else if (error?.reason !== told.reason || field !== told.field) {
        fault(`tick ${index}: found ${error?.reason} of ${field}, the twin ${told.reason} of ${told.field}`);
      }
    }
    if (expected.join() !== records.join()) fault(`records differ: ${records.join()} for ${expected.join()}`);
  }

  /** A good message must not be refused. */
  private refused(batch: Batch, read: Read | null): void {
    if (read === null || read.odd || read.depth > DEPTH_MAX || ticksOf(read.value) === null) return;
    fault(`refused what the reference reads: ${batch.failureReason}`);
  }
}

function outcomeOf(batch: Batch): string {
  const reasons = batch.errors.map(({ reason, field }) => `${reason} ${field.split(".")[1] ?? ""}`);
  return `${batch.accepted > 0 ? "taken" : ""} ${reasons[0] ?? ""}`;
}

/** Null: there are none in it, as the API's contract says. A list that begins with text is one tick in short. */
function ticksOf(value: unknown): readonly unknown[] | null {
  if (typeof value !== "object" || value === null || value instanceof Date) return null;
  if (Array.isArray(value)) return listed(value);
  if (!Object.hasOwn(value, "market_data")) return [value];
  const inner = (value as { readonly market_data: unknown }).market_data;
  if (Array.isArray(inner)) return listed(inner);
  return typeof inner === "object" && inner !== null && !(inner instanceof Date) ? [inner] : null;
}
function listed(list: readonly unknown[]): readonly unknown[] {
  return typeof list[0] === "string" ? [list] : list;
}

function referMsgpack(bytes: Uint8Array): Read | null {
  const records = bytes.includes(0x72) ? plainMsgpack(bytes, 4 * 1024 * 1024) : null;
  const reading = new Reading(bytes);
  const whole = reading.whole();
  // Whether records were meant is told by how the message goes on, so both readings count where both are possible.
  const written = records?.ok === true && records.value !== bytes ? new Reading(records.value) : null;
  const other = written?.whole() ?? null;
  if (other !== null && written !== null) return { ...other, odd: true, depth: written.depth };
  const odd = reading.odd || records?.ok === false; // a record that is none was meant
  return whole === null ? null : { ...whole, odd, depth: reading.depth };
}

/** By the first byte that is no white space, as the engine tells them apart. */
function refer(bytes: Uint8Array): Read | null {
  const first = bytes.find((byte) => !(byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09));
  return first === 0x7b || first === 0x5b ? referJson(bytes) : referMsgpack(bytes);
}

function referJson(bytes: Uint8Array): Read | null {
  if (!isUtf8(bytes)) return null;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
  try {
    const value: unknown = JSON.parse(text);
    return { value, odd: keysTwice(text), depth: depthOf(value) };
  } catch {
    return null; // the reference refuses it
  }
}

/** Whether keys stand twice, are forbidden, or are written so that this cannot tell: JSON.parse keeps the last. */
function keysTwice(text: string): boolean {
  if (/__proto__|\\/.test(text)) return true;
  const written = text.match(/"[^"]*"\s*:/g)?.length ?? 0;
  let kept = -1; // the value itself is told under a key as well
  JSON.parse(text, function count(this: unknown, _key, value: unknown) {
    if (!Array.isArray(this)) kept++;
    return value;
  });
  return written !== kept;
}

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Object.values(value).reduce<number>((most, item) => Math.max(most, depthOf(item)), 0);
}

const EXAMPLES: readonly unknown[] = [
  { symbol: "BTCUSD", price: 50_000.5, volume: 3, timestamp: 1_640_995_200, asset_type: "crypto" },
  {
    market_data: [
      { symbol: "A", price: 1 },
      ["AAPL", 1, 2, 1_640_995_200],
      { kind: "quote", symbol: "A", bid: 1, ask: 2 },
    ],
  },
  { kind: "quote", symbol: "A", bid: 1, ask: 2, bids: [[1, 2]], asks: [[2, 3]], venue: "x" },
  [{ kind: "news", symbols: ["A", "B"], score: 0.5, hash: "x".repeat(40), n: { a: [1, {}] } }],
  { kind: "bar", symbol: "A", open: 1, high: 2, low: 1, close: 1.5, interval_s: 60 },
  { kind: "rates", before: 5.25, after: 5, day: 3, days_in_month: 30, contract: "ZQZ6" },
];
const words = textsOf(...`${KEYS} ${VALUES}`.split(" "));
const HEADS = [
  "c0",
  "c1",
  "c3",
  "cb7ff0000000000000",
  "dd00000001",
  "de0001",
  "d4724092a161a162",
  "d6ff00000001",
  "cf",
];

/** Numbers that the decoder leaves to its host. */
const HARD = [
  "1e99",
  "-1e-99",
  "1.2345678901234567890123",
  "12345678901234567890123",
  "0.00000000000000000000000000001",
];
const DIGITS_MAX = 300_000;

/** Ticks with more of them than a tick has fields: in the short form, in lists, under keys that stand again and again. */
function hardTicks(chance: Chance): string {
  const many = (one: () => string): string => Array.from({ length: 1 + chance.below(200) }, one).join(",");
  const hard = (): string => chance.pick(HARD);
  const keys = KEYS.split(" ");
  const form = chance.below(8);
  if (form === 0) return longTick(chance);
  const tick = (): string => {
    switch ((form + chance.below(2)) % 4) {
      case 0:
        return `["A",${many(hard)}]`;
      case 1:
        return `{"symbol":"A",${many(() => `"${chance.in(2) ? "price" : chance.pick(keys)}":${hard()}`)}}`;
      case 2:
        return `{"kind":"quote","symbol":"A","bid":1e-30,"ask":1e30,"bids":[${many(() => `[${hard()},${hard()}]`)}]}`;
      default:
        return `{"symbol":"A",${many(() => `"${chance.pick(["bids", "asks", "symbols"])}":[${hard()},[${hard()}]]`)}}`;
    }
  };
  return form < 4 ? tick() : `[${Array.from({ length: 1 + chance.below(8) }, tick).join(",")}]`;
}

/** Longer than a call has arguments. */
function longTick(chance: Chance): string {
  const digits = chance.pick(["1", "3", "90", "05"]).repeat(chance.below(DIGITS_MAX));
  return `[${chance.pick(["1.", "0.", "-1", "1"])}${digits},{"symbol":"A","price":${chance.pick(["0.1", "1", "1.5"])}${digits}}]`;
}

/** What went on for ever, once. */
const ENDLESS = ['["A",', '{"symbol":"A","price":'].map((begin, index) => {
  const [between, end] = index === 0 ? [",", "]"] : [',"price":', "}"];
  return bytesOf(begin + Array.from({ length: 130 }, () => "1e99").join(between) + end);
});

export const msgpackTicks: Target = {
  name: "msgpack ticks",
  files: FILES,
  weight: 12,
  batch: 4_000,
  seeds: [
    ...EXAMPLES.map((value) => packr.pack(value)),
    new Packr({ useRecords: true }).pack([EXAMPLES[0], EXAMPLES[0], { symbol: "B", price: 2 }]),
  ],
  words: [...words, ...HEADS.map((hex) => Buffer.from(hex, "hex"))],
  make: (chance) => {
    const random = randomOf(chance);
    return wildMsgpack(randomMessage(random).value, random);
  },
  open: () => new TickTrial(),
};

export const jsonTicks: Target = {
  name: "JSON ticks",
  files: FILES,
  weight: 12,
  batch: 4_000,
  seeds: [...EXAMPLES.map((value) => bytesOf(JSON.stringify(value))), ...ENDLESS],
  words: [
    ...words,
    ...textsOf("null", "true", "1e400", "-0", "0.1e-5", "12345678901234567890123", "\\u0041", "{", "[", "]}"),
  ],
  make: (chance) => {
    if (chance.in(8)) return bytesOf(hardTicks(chance));
    const random = randomOf(chance);
    const { value } = randomMessage(random);
    return bytesOf(fitsJson(value) ? wildJson(value, random) : JSON.stringify(value));
  },
  open: () => new TickTrial(),
};
