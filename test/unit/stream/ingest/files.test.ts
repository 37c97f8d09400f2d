// Files of market data: written to a temporary folder, read as the import command reads them.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Packr } from "msgpackr";
import { afterAll, describe, expect, it } from "vitest";
import * as layout from "../../../../assembly/layout.ts";
import { readMarketFile, type FileOptions } from "../../../../src/stream/ingest/files.ts";
import type { FileError, FileProgress } from "../../../../src/stream/ingest/file-intake.ts";
import { SHARED } from "../../../support/golden-data.ts";
import { Door } from "../../../support/ingest-door.ts";

const folder = mkdtempSync(join(tmpdir(), "files-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Outcome {
  readonly last: FileProgress | null;
  readonly errors: FileError[];
  readonly door: Door;
}
async function read(name: string, bytes: string | Uint8Array, options: Partial<FileOptions> = {}): Promise<Outcome> {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return readPath(path, options);
}
async function readPath(path: string, options: Partial<FileOptions> = {}): Promise<Outcome> {
  const door = new Door();
  let last: FileProgress | null = null;
  const errors: FileError[] = [];
  for await (const progress of readMarketFile({ ...options, path, ingest: door.ingest })) {
    last = progress;
    errors.push(...progress.errors);
  }
  return { last, errors, door };
}

describe("CSV", () => {
  it("stamps candles with their close", async () => {
    const text = "timestamp_ms,open,high,low,close,volume\n1515560100000,1,3,1,2,10\n1515560400000,2,4,2,3,20\n";
    const { last, door } = await read("BTC_USD.csv.gz", gzipSync(text));
    expect(last).toMatchObject({ lines: 3, accepted: 2, rejected: 0 });
    expect(last?.bytesRead).toBe(last?.bytesTotal);
    const [first] = door.records();
    expect(first).toMatchObject({ kind: layout.KIND_BAR, aux: 300_000, time: 1515560400000000 });
    expect(first?.payload).toEqual([1, 3, 1, 2, 10]);
    expect(door.ingest.symbols.nameOf(0)).toBe("BTC_USD");
  });

  it("knows quotes, trades, funding, macro and panels by their columns", async () => {
    const kinds = async (text: string, options: Partial<FileOptions> = {}): Promise<unknown[]> => {
      const { door } = await read("X.csv", text, options);
      return door.records().map(({ kind, payload }) => [kind, ...payload.slice(0, 2)]);
    };
    expect(await kinds("timestamp_ms,bid,ask\n1515560100000,1,2\n")).toEqual([[layout.KIND_QUOTE, 1, 2]]);
    expect(await kinds("timestamp_ns,exchange_ms,price,size,side\n1723161254340863867,,5,2,sell\n")).toEqual([
      [layout.KIND_TRADE, 5, 2],
    ]);
    expect(await kinds("timestamp_ms,funding_rate\n1577836800000,0.1\n1577865600000,0.2\n")).toEqual([
      [layout.KIND_FUNDING, 0.1, 8],
      [layout.KIND_FUNDING, 0.2, 8],
    ]);
    expect(await kinds("timestamp_ms,value\n1040169600000,7\n", { unit: "usd_millions" })).toEqual([
      [layout.KIND_MACRO, 7, 7],
    ]);
    expect(await kinds("timestamp_ms,AAA,BBB\n1199232000000,1,\n1199318400000,2,3\n")).toEqual([
      [layout.KIND_TRADE, 1, 0],
      [layout.KIND_TRADE, 2, 0],
      [layout.KIND_TRADE, 3, 0],
    ]);
    expect(await kinds('symbol,time,price\nA,1515560100,1\n"B",1515560100,2\n')).toEqual([
      [layout.KIND_TRADE, 1, 0],
      [layout.KIND_TRADE, 2, 0],
    ]);
  });

  it("names the line of each bad row and keeps its neighbours", async () => {
    const text =
      "timestamp_ms,price\r\n1515560100000,1\r\n\r\n1515560100001,-1\r\nx,3\r\n1515560100003,abc\r\n1515560100004,4";
    const { last, errors } = await read("X.csv", text);
    expect(last).toMatchObject({ lines: 7, accepted: 2, rejected: 3 });
    expect(errors.map(({ line }) => line)).toEqual([4, 5, 6]);
    expect(errors[2]?.message).toContain('found "abc"');
  });

  it("keeps times before 1973, which no magnitude can tell", async () => {
    const { door } = await read("X.csv", "timestamp_ms,value\n86400000,1\n");
    expect(door.records()[0]?.time).toBe(86400000000);
  });

  it("refuses a file without a time column", async () => {
    await expect(read("X.csv", "a,b\n1,2\n")).rejects.toThrow(/first line must name the columns/);
    await expect(read("X.txt", "")).rejects.toThrow(/known are/);
  });

  it("reads many pieces with exact line numbers", async () => {
    const rows = Array.from(
      { length: 30_000 },
      (_, index) => `${1515560100000 + index},${index % 10_000 === 9_999 ? -1 : index + 1}`,
    );
    const { last, errors } = await read("X.csv", `timestamp_ms,price\n${rows.join("\n")}\n`);
    expect(last).toMatchObject({ lines: 30_001, accepted: 29_997, rejected: 3 });
    expect(errors.map(({ line }) => line)).toEqual([10_001, 20_001, 30_001]);
  });

  it("reads recorded files", { timeout: 60_000 }, async ({ skip }) => {
    if (!existsSync(SHARED)) skip(`${SHARED} is not on this machine`);
    const { last, errors } = await readPath(join(SHARED, "data/crypto/5m/ADA_BTC.csv.gz"));
    expect(last).toMatchObject({ accepted: 5720, rejected: 0 });
    expect(errors).toEqual([]);
    const quotes = await readPath(join(SHARED, "data/crypto/ticks/ETH_USDT_spot_20240808_quotes.csv.gz"));
    expect(quotes.last?.accepted).toBe(2328);
  });
});

describe("NDJSON", () => {
  it("names the line of bad ticks and of lines that are no JSON", async () => {
    const lines = ['{"symbol":"A","price":1}', "{", '[{"symbol":"A","price":0},{"symbol":"A","price":2}]'];
    const { last, errors } = await read("x.ndjson", lines.join("\n"));
    expect(last).toMatchObject({ lines: 3, accepted: 2, rejected: 2 });
    expect(errors.map(({ line }) => line)).toEqual([2, 3]);
  });
});

describe("msgpack messages", () => {
  const packr = new Packr({ useRecords: false });
  const message = (count: number, from: number): Buffer =>
    packr.pack(Array.from({ length: count }, (_, index) => ({ symbol: "A", price: from + index })));

  it("are read one after the other, of any size", async () => {
    const bytes = Buffer.concat([
      message(1, 1),
      message(5_000, 2),
      packr.pack({ symbol: "A", price: 5_002 }),
      message(0, 0),
    ]);
    const { last, door } = await read("x.msgpack.gz", gzipSync(bytes));
    expect(last).toMatchObject({ lines: 4, accepted: 5_002, rejected: 0 });
    expect(door.records().map(({ payload }) => payload[0])).toEqual(
      Array.from({ length: 5_002 }, (_, index) => index + 1),
    );
  });

  it("may be 4 MiB large and no larger", async () => {
    const padded = (bytes: number): Buffer => packr.pack({ symbol: "A", price: 1, x: "x".repeat(bytes) });
    const fits = await read("x.msgpack", Buffer.concat([padded(4_100_000), message(1, 2)]));
    expect(fits.last).toMatchObject({ lines: 2, accepted: 2 });
    await expect(read("x.msgpack", padded(4_200_000))).rejects.toThrow(/message 1 is broken/);
  });

  it("tell when the last one is cut off, and stop at one that is broken", async () => {
    const cut = await read("x.msgpack", Buffer.concat([message(2, 1), message(2, 3).subarray(0, -3)]));
    expect(cut.last).toMatchObject({ lines: 2, accepted: 2, rejected: 1 });
    expect(cut.errors[0]?.message).toContain("truncated");
    await expect(read("x.msgpack", Buffer.concat([message(2, 1), Buffer.from([0xc1, 1, 2])]))).rejects.toThrow(
      /message 2/,
    );
  });
});

it("a full ring that will not have room again ends the reading of a file, and says why", async () => {
  const path = join(folder, "STUCK.csv");
  writeFileSync(path, `timestamp_ms,price\n${"1515560100000,7\n".repeat(40_000)}`);
  const door = new Door({ blocked: true });
  let looks = 0;
  const blocked = (): string | null => (++looks > 2 ? "the journal has stopped" : null);
  const reading = (async () => {
    for await (const progress of readMarketFile({ path, ingest: door.ingest, blocked })) expect(progress).toBeDefined();
  })();
  await expect(reading).rejects.toThrow("the journal has stopped");
});

describe("a file that brings more new symbols at once than the ring has room for", () => {
  const COUNT = 3_000;
  const PER_SYMBOL = 40; // control events, as they are written where many strategies watch every symbol
  const BAD = 2_500;
  const HALF = layout.EVENT_SLOTS / 2;
  const packr = new Packr({ useRecords: false });
  const priceOf = (index: number): number => (index === BAD ? -1 : index + 1);
  const ticks = Array.from({ length: COUNT }, (_, index) => ({ symbol: `S${index}`, price: priceOf(index) }));
  const rows = ticks.map(({ symbol, price }, index) => `${symbol},${1515560100 + index},${price}`);

  /** Whoever reads the ring is always half of it behind. */
  async function readSlowly(name: string, bytes: string | Uint8Array): Promise<Outcome & { prices: number[] }> {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    const door: Door = new Door({
      build: "release",
      maxSymbols: 4_096,
      blocked: true,
      onSymbol: (id) => {
        const { ring, writer } = door.plane;
        if (ring.free() < PER_SYMBOL) return false;
        for (let event = 0; event < PER_SYMBOL; event++) writer.write(layout.KIND_CONTROL, id, 0, 0, 0, []);
        return true;
      },
    });
    const words = new Int32Array(door.plane.memory.buffer);
    const prices: number[] = [];
    const look = (): void => void prices.push(...door.records().map(({ payload }) => payload[0] ?? 0));
    const blocked = (): null => {
      look();
      const head = Atomics.load(words, layout.EVENT_HEAD >> 2);
      Atomics.store(words, (layout.CONSUMERS + layout.CONSUMER_TAIL) >> 2, Math.max(0, head - HALF));
      return null;
    };
    let last: FileProgress | null = null;
    const errors: FileError[] = [];
    for await (const progress of readMarketFile({ path, ingest: door.ingest, blocked })) {
      last = progress;
      errors.push(...progress.errors);
    }
    look();
    return { last, errors, door, prices };
  }

  it.each([
    ["CSV", "many.csv", `symbol,time,price\n${rows.join("\n")}\n`, BAD + 2],
    ["NDJSON", "many.ndjson", JSON.stringify(ticks), 1],
    ["msgpack", "many.msgpack", Buffer.concat([packr.pack(ticks), packr.pack([])]), 1],
  ])("is taken in by parts, each tick once and in its order: %s", async (_, name, bytes, line) => {
    const { last, errors, door, prices } = await readSlowly(name, bytes);
    expect(last).toMatchObject({ accepted: COUNT - 1, rejected: 1 });
    expect(errors.map((error) => error.line)).toEqual([line]);
    expect(door.ingest.counters.rejected.overloaded).toBe(0);
    expect(prices).toEqual(ticks.map(({ price }) => price).filter((price) => price > 0));
  });
});
