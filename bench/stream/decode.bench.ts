// Bytes to event records: the core's decoder against msgpackr and JSON.parse, each of these followed by the same look-up
// of the symbol and the same writes into a 64-byte record. Ticks are maps of six fields as feeds send them (symbol,
// price, volume, timestamp, kind, asset_type), 500 symbols, moving prices. Interleaved rounds on one thread; the verdict
// is the median of the per-round ratios. All paths write the same payload, which is compared before the timing.
import { Packr, unpack } from "msgpackr";
import * as layout from "../../assembly/layout.ts";
import * as wire from "../../assembly/wire.ts";
import { assetTypeCode, type AssetType } from "../../src/domain/asset-type.ts";
import { Ingest } from "../../src/stream/ingest/ingest.ts";
import { instantiateCore, loadCore, type CoreExports } from "../../src/stream/kernels/core.ts";
import { createPlane, type Plane } from "../../src/stream/rings/plane.ts";
import { fingerprintOf, type Result } from "../result.ts";

const MESSAGES = 256;
const ROUNDS = 21;
const SYMBOLS = 500;
const CLOCK = 1.8e15;

interface Tick {
  readonly symbol: string;
  readonly price: number;
  readonly volume: number;
  readonly timestamp: number;
  readonly kind: "trade";
  readonly asset_type: AssetType;
}

export function run(): Result[] {
  return [1, 100].flatMap((ticks) => compare(ticks));
}

function compare(ticks: number): Result[] {
  const bench = new DecodeBench(ticks);
  const fingerprint = fingerprintOf(bench.check());
  const paths = [
    ["core, msgpack", () => bench.core(bench.packed, wire.FORMAT_MSGPACK)],
    ["msgpackr", () => bench.objects(bench.packed, unpackTicks)],
    ["core, JSON", () => bench.core(bench.json, wire.FORMAT_JSON)],
    ["JSON.parse", () => bench.objects(bench.json, parseTicks)],
  ] as const;
  const times: number[][] = paths.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    paths.forEach(([, pass], index) => times[index]?.push(bench.time(pass)));
  }
  const pair = (a: number, b: number, name: string): Result => ({
    name: `${name}, ${ticks} per message`,
    pairs: [a, b].map((index) => ({ label: paths[index]?.[0] ?? "", medianNs: median(times[index] ?? []) })),
    ratio: median((times[b] ?? []).map((time, round) => time / (times[a]?.[round] ?? Number.NaN))),
    note: `ns per tick; ${bench.bytesPerTick()} bytes a tick in msgpack`,
    fingerprint,
  });
  return [
    pair(0, 1, "decode msgpack against msgpackr"),
    pair(0, 3, "decode msgpack against JSON.parse"),
    pair(2, 3, "decode JSON against JSON.parse"),
  ];
}

class DecodeBench {
  readonly packed: readonly Uint8Array[];
  readonly json: readonly Uint8Array[];
  private readonly perMessage: number;
  private readonly plane: Plane;
  private readonly exports: CoreExports;
  private readonly input: number;
  private readonly bytes: Uint8Array;
  private readonly f64: Float64Array;
  private readonly u32: Uint32Array;
  private readonly ids = new Map<string, number>();
  private readonly ring: number;
  private next = 0;

  constructor(perMessage: number) {
    this.perMessage = perMessage;
    this.plane = createPlane({ maxSymbols: 1024, maxInstances: 16, workers: 1 });
    const { memory, plan } = this.plane;
    this.exports = instantiateCore(loadCore("release").module, memory);
    const ingest = new Ingest({ ...this.plane, core: this.exports, now: () => CLOCK, onSymbol: () => true });
    this.input = (plan.bases[layout.PLAN_SCRATCH] ?? 0) + wire.DECODE_INPUT;
    this.ring = plan.bases[layout.PLAN_EVENTS] ?? 0;
    this.bytes = new Uint8Array(memory.buffer);
    this.f64 = new Float64Array(memory.buffer);
    this.u32 = new Uint32Array(memory.buffer);
    const messages = makeMessages(perMessage);
    const packr = new Packr({ useRecords: false });
    this.packed = messages.map((message) => Uint8Array.from(packr.pack(message)));
    this.json = messages.map((message) => new TextEncoder().encode(JSON.stringify(message)));
    for (const message of this.packed) ingest.accept(message, "redis");
    for (let id = 0; id < ingest.symbols.count; id++) this.ids.set(ingest.symbols.nameOf(id), id);
  }

  bytesPerTick(): number {
    return Math.round((this.packed[0]?.length ?? 0) / this.perMessage);
  }

  /** Nanoseconds per tick of one pass over all messages, repeated to about a millisecond or more. */
  time(pass: () => void): number {
    const repeats = Math.max(1, Math.round(40 / this.perMessage));
    const start = process.hrtime.bigint();
    for (let repeat = 0; repeat < repeats; repeat++) pass();
    return Number(process.hrtime.bigint() - start) / (repeats * MESSAGES * this.perMessage);
  }

  core(messages: readonly Uint8Array[], format: number): void {
    for (const message of messages) {
      this.bytes.set(message, this.input);
      if (this.exports.decode(message.length, format, 0) !== wire.STATUS_DONE) throw new Error("decode failed");
    }
  }

  objects(messages: readonly Uint8Array[], parse: (bytes: Uint8Array) => Tick | readonly Tick[]): void {
    for (const message of messages) {
      const value = parse(message);
      if (Array.isArray(value)) for (const tick of value) this.write(tick as Tick);
      else this.write(value as Tick);
    }
  }

  /** What a host without the core would do for each tick: find the symbol, check, fill a record. */
  private write(tick: Tick): void {
    const id = this.ids.get(tick.symbol);
    if (id === undefined || !(tick.price > 0) || !(tick.volume >= 0)) throw new Error("unknown symbol");
    const record = this.ring + (this.next++ & (layout.EVENT_SLOTS - 1)) * layout.EVENT_BYTES;
    this.u32[record >> 2] = id | (layout.KIND_TRADE << 16);
    this.u32[(record + layout.EVENT_AUX) >> 2] = assetTypeCode(tick.asset_type) === 0 ? 1 : 0;
    this.f64[(record + layout.EVENT_TIME) >> 3] = tick.timestamp * 1e6;
    this.f64[(record + layout.EVENT_CLOCK) >> 3] = CLOCK;
    const payload = (record + layout.EVENT_PAYLOAD) >> 3;
    this.f64[payload] = tick.price;
    this.f64[payload + 1] = tick.volume;
    this.f64[payload + 2] = tick.price;
    this.f64[payload + 3] = tick.price;
    this.f64[payload + 4] = tick.price;
  }

  /** The records of the first message, of which all four paths write the same bytes. */
  check(): string {
    const written = [
      () => this.core(this.packed.slice(0, 1), wire.FORMAT_MSGPACK),
      () => this.core(this.json.slice(0, 1), wire.FORMAT_JSON),
    ].map((pass) => {
      const start = this.u32[layout.EVENT_NEXT >> 2] ?? 0;
      pass();
      return this.records(start & (layout.EVENT_SLOTS - 1));
    });
    for (const pass of [
      () => this.objects(this.packed.slice(0, 1), unpackTicks),
      () => this.objects(this.json.slice(0, 1), parseTicks),
    ]) {
      this.next = 0;
      pass();
      written.push(this.records(0));
    }
    if (new Set(written).size !== 1) throw new Error("the paths do not write the same records");
    this.next = 0;
    return written[0] ?? "";
  }
  private records(slot: number): string {
    const start = this.ring + slot * layout.EVENT_BYTES;
    return Buffer.from(this.bytes.slice(start, start + this.perMessage * layout.EVENT_BYTES)).toString("hex");
  }
}

function makeMessages(perMessage: number): (Tick | Tick[])[] {
  let state = 12345;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
  const tick = (index: number): Tick => ({
    symbol: `SYM${index % SYMBOLS}USD`,
    price: 100 + 50 * random(),
    volume: 1000 * random(),
    timestamp: 1640995200 + index,
    kind: "trade",
    asset_type: "crypto",
  });
  return Array.from({ length: MESSAGES }, (_, message) => {
    const ticks = Array.from({ length: perMessage }, (_unused, index) => tick(message * 7 + index * 13));
    return perMessage === 1 ? (ticks[0] ?? tick(0)) : ticks;
  });
}

function unpackTicks(bytes: Uint8Array): Tick | readonly Tick[] {
  return unpack(bytes) as Tick | readonly Tick[];
}
const UTF8 = new TextDecoder();
function parseTicks(bytes: Uint8Array): Tick | readonly Tick[] {
  return JSON.parse(UTF8.decode(bytes)) as Tick | readonly Tick[];
}
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
