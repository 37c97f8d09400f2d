import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parquetWriteBuffer } from "hyparquet-writer";
import { HistoryFolder, rowsOf } from "../../support/history-folder.ts";

const MINUTE = 60_000_000;
const BEGIN_MS = 1_600_000_020_000;
const BEGIN = BEGIN_MS * 1_000;
let folder: HistoryFolder;

beforeEach(() => {
  folder = new HistoryFolder();
});
afterEach(() => {
  folder.remove();
});

const CANDLES = [
  [0, 10, 12, 9, 11, 5],
  [1, 11, 13, 10, 12, 6],
  [2, 12, 12, 8, 9, 7],
] as const;
const BARS = CANDLES.map(([at, ...values]) => [BEGIN + at * MINUTE, BEGIN + (at + 1) * MINUTE, ...values]);

function csv(time: (ms: number) => string, header: string, parting = ","): string {
  return [header, ...CANDLES.map(([at, ...values]) => [time(BEGIN_MS + at * 60_000), ...values].join(parting))].join(
    "\n",
  );
}

async function bars(path: string, options = {}): Promise<number[][] | string> {
  const result = await folder.import(path, { symbol: "X", ...options });
  return typeof result === "string" ? result : rowsOf(folder.history.read(folder.dataset("X@bar-1m")));
}

describe("candles are the same dataset", () => {
  const texts: readonly (readonly [how: string, name: string, content: string])[] = [
    ["CSV with milliseconds", "a.csv", csv(String, "timestamp_ms,open,high,low,close,volume")],
    ["gzipped CSV", "a.csv.gz", csv(String, "timestamp_ms,open,high,low,close,volume")],
    ["seconds told by their size", "a.csv", csv((ms) => String(ms / 1_000), "time,Open,High,Low,Close,Volume")],
    ["nanoseconds", "a.csv", csv((ms) => `${ms}000000`, "timestamp_ns,o,h,l,c,v")],
    ["times as text without a zone, which are UTC", "a.csv", csv((ms) => iso(ms), "Date,Open,High,Low,Close,Volume")],
    ["times with a zone", "a.csv", csv((ms) => `${iso(ms + 7_200_000)}+02:00`, "date,open,high,low,close,volume")],
    ["semicolons", "a.csv", csv(String, "Open time;Open;High;Low;Close;Volume", ";")],
    [
      "tabs, a day and a time of the day",
      "a.tsv",
      csv((ms) => iso(ms).replace(" ", "\t"), "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>", "\t"),
    ],
    [
      "NDJSON objects",
      "a.ndjson",
      candles(([t, o, h, l, c, v]) => ({ t, o, h, l, c, v }))
        .map((row) => JSON.stringify(row))
        .join("\n"),
    ],
    [
      "a JSON list of lists with text, as exchanges give it",
      "a.json",
      JSON.stringify(candles((row) => row.map(String))),
    ],
    [
      "a frame of records",
      "a.json",
      JSON.stringify(
        candles(([timestamp, open, high, low, close, volume]) => ({ timestamp, open, high, low, close, volume })),
      ),
    ],
    ["a frame of columns", "a.json", JSON.stringify(frameOfColumns())],
    [
      "a frame that is split",
      "a.json",
      JSON.stringify({
        columns: ["open", "high", "low", "close", "volume"],
        index: candles(([time]) => time),
        data: candles(([, ...values]) => values),
      }),
    ],
    [
      "live bars, stamped at their end",
      "a.ndjson",
      candles(([t, open, high, low, close, volume]) => ({
        symbol: "X",
        kind: "bar",
        timestamp: t + 60_000,
        interval_s: 60,
        open,
        high,
        low,
        close,
        volume,
      }))
        .map((row) => JSON.stringify(row))
        .join("\n"),
    ],
  ];

  for (const [how, name, content] of texts) {
    it(`from ${how}`, async () => {
      expect(await bars(folder.file(name, content))).toEqual(BARS);
    });
  }

  it("from Parquet, with declared times and with plain ones", async () => {
    const column = (at: number): number[] => CANDLES.map((row) => row[at] ?? 0);
    const prices = ["open", "high", "low", "close", "volume"].map((name, at) => ({ name, data: column(at + 1) }));
    const dates = { name: "timestamp", data: candles(([time]) => new Date(time)), type: "TIMESTAMP" as const };
    const plain = { name: "timestamp", data: candles(([time]) => BigInt(time)), type: "INT64" as const };
    for (const time of [dates, plain]) {
      const bytes = parquetWriteBuffer({ columnData: [time, ...prices] });
      expect(await bars(folder.file("a.parquet", new Uint8Array(bytes)))).toEqual(BARS);
    }
  });
});

function candles<T>(make: (row: readonly [number, number, number, number, number, number]) => T): T[] {
  return CANDLES.map(([at, ...values]) => make([BEGIN_MS + at * 60_000, ...values]));
}

function frameOfColumns(): object {
  const names = ["open", "high", "low", "close", "volume"];
  return Object.fromEntries(
    names.map((name, at) => [name, Object.fromEntries(candles((row) => [row[0], row[at + 1]]))]),
  );
}

function iso(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}

describe("other kinds", () => {
  it("are told from their columns", async () => {
    const files: readonly (readonly [string, string, readonly number[]])[] = [
      ["t.csv", "timestamp_ms,price,size,side\n1600000000000,5,2,buy", [5, 2]],
      ["q.csv", "timestamp_ms,bid,bid_size,ask,ask_size\n1600000000000,5,1,6,2", [5, 6, 1, 2]],
      ["f.csv", "timestamp_ms,funding_rate\n1600000000000,0.0001\n1600028800000,0.0001", [0.0001, 8]],
      ["m.csv", "timestamp_ms,value\n1600000000000,-7", [-7]],
      ["n.csv", "timestamp_ms,score\n1600000000000,-0.5", [-0.5, 1, 0]],
    ];
    for (const [name, content, values] of files) {
      await folder.import(folder.file(name, content));
      const dataset = folder.history.list().find(({ symbol }) => symbol === name.slice(0, 1).toUpperCase());
      const [first] = dataset ? rowsOf(folder.history.read(dataset)) : [];
      expect(first).toEqual([1.6e15, 1.6e15, ...values]);
    }
  });

  it("make a macro series known when it was, by a column or by a lag", async () => {
    const lagged = folder.file("cpi.csv", "observation_date,CPIAUCSL\n2020-01-01,5\n2020-02-01,.");
    await folder.import(lagged, { kind: "macro", lagMs: 36 * 3_600_000, unit: "index" });
    const day = Date.UTC(2020, 0, 1) * 1_000;
    expect(rowsOf(folder.history.read(folder.dataset("CPIAUCSL@macro")))).toEqual([[day, day + 36 * 3.6e9, 5]]);
    expect(folder.dataset("CPIAUCSL@macro").unit).toBe("index");
    const dated = folder.file("gdp.csv", "date,value,available_at\n2020-01-01,5,2020-02-11\n2020-01-01,6,2020-03-11");
    await folder.import(dated);
    const known = [Date.UTC(2020, 1, 11) * 1_000, Date.UTC(2020, 2, 11) * 1_000];
    expect(rowsOf(folder.history.read(folder.dataset("GDP@macro")))).toEqual([
      [day, known[0], 5],
      [day, known[1], 6],
    ]);
  });

  it("make every column of a panel a symbol", async () => {
    await folder.import(folder.file("panel.csv", "date,KO,PEP\n2020-01-01,1,2\n2020-01-02,,3"));
    expect(folder.history.list().map(({ id, rows }) => [id, rows])).toEqual([
      ["KO@trade", 1],
      ["PEP@trade", 2],
    ]);
  });

  it("go each to their own symbol and venue where rows name them", async () => {
    const rows = ["symbol,exchange,time,price,qty", "eth/usd,a,1600000000,1,1", "BTC/USD,b,1600000001,2,1"];
    await folder.import(folder.file("x.csv", rows.join("\n")));
    expect(folder.history.list().map(({ id }) => id)).toEqual(["BTC~USD@trade@b", "ETH~USD@trade@a"]);
  });
});

describe("an import", () => {
  it("puts rows into order, counts what is odd, and names the rows that it leaves out", async () => {
    const lines = ["timestamp_ms,open,high,low,close,volume"];
    const bar = (minute: number, rest = "10,12,9,11,5"): void =>
      void lines.push(`${BEGIN_MS + minute * 60_000},${rest}`);
    for (let minute = 0; minute < 40; minute++)
      if (minute !== 20) bar(minute, minute === 7 ? "10,12,9,11,0" : undefined);
    bar(3);
    bar(50, "10,9,12,11,5");
    bar(51, "10,12,-9,11,5");
    bar(52, "10,12,NaN,11,5");
    bar(53, "10,12,9,eleven,5");
    lines.push("yesterday,10,12,9,11,5");
    const result = await folder.import(folder.file("x.csv", lines.join("\n")));
    expect(result).toMatchObject({ rows: 45, badRows: 5 });
    expect(typeof result === "string" ? [] : result.notes.map(({ line, message }) => `${line}: ${message}`)).toEqual([
      "42: low 12 is above high 9",
      "43: low must be a positive finite number (1e-12 to 1e15), found -9",
      '44: low must be a number, found "NaN"',
      '45: close must be a number, found "eleven"',
      '46: "yesterday" is no time between 1970 and 2100',
    ]);
    expect(folder.dataset("X@bar-1m")).toMatchObject({
      rows: 39,
      quality: { gaps: 1, duplicates: 1, badRows: 5, unsorted: 1, zeroVolume: 1, splits: [] },
    });
  });

  it("of one bar needs its length", async () => {
    const file = folder.file("x.csv", "timestamp_ms,open,high,low,close\n1600000000000,1,1,1,1");
    expect(await folder.import(file)).toBe(
      "x.csv: X: the length of its bars cannot be told from one row; give --interval-ms",
    );
    expect(await folder.import(file, { intervalMs: 60_000 })).toMatchObject({ rows: 1 });
    expect(folder.dataset("X@bar-1m").rows).toBe(1);
  });

  it("in a dry run says what it would do and leaves nothing", async () => {
    const file = folder.file("x.csv", csv(String, "timestamp_ms,open,high,low,close,volume"));
    const result = await folder.import(file, { dryRun: true });
    expect(result).toMatchObject({ stored: [{ added: 3, dataset: { id: "X@bar-1m", rows: 3 } }] });
    expect(folder.files()).toEqual([]);
  });

  it("stores all datasets of a file or none", async () => {
    const row = (symbol: string, price: number): string => `${symbol},1600000000,1,${price},1,1`;
    const header = "symbol,time,open,high,low,close";
    const more = { intervalMs: 60_000 };
    await folder.import(folder.file("a.csv", [header, row("B", 9)].join("\n")), more);
    const result = await folder.import(
      folder.file("b.csv", [header, row("A", 3), row("B", 8), row("C", 3)].join("\n")),
      more,
    );
    expect(result).toMatch(
      /^b.csv: 1 rows contradict what B@bar-1m holds, .* high is 9 there and 8 here; nothing was changed/,
    );
    expect(folder.files()).toEqual(["B@bar-1m.columns"]);
  });
});

describe("what cannot be imported leaves nothing, and says why", () => {
  const header = "timestamp_ms,open,high,low,close,volume\n";
  const cases: readonly (readonly [what: string, name: string, content: string | Uint8Array, why: RegExp])[] = [
    ["an empty file", "x.csv", "", /^x.csv: it is empty; the first line must name the columns/],
    [
      "a header alone",
      "x.csv",
      header,
      /^x.csv: it has no usable row, there is none below its columns; nothing was stored/,
    ],
    [
      "wrong columns",
      "x.csv",
      "a,b\n1,2",
      /^x.csv: the columns are "a", "b": none of them is a time; call one timestamp/,
    ],
    [
      "rows that are all bad",
      "x.csv",
      `${header}1,2,3`,
      /no usable row \(line 2: high is|no usable row \(line 2: low is empty/,
    ],
    [
      "negative prices",
      "x.csv",
      `${header}1600000000000,-1,-1,-1,-1,1`,
      /line 2: open must be a positive finite number/,
    ],
    ["a line without end", "x.csv", header + "1".repeat(3_000_000), /^x.csv: line 2 is longer than 1048576 bytes/],
    [
      "binary garbage",
      "x.csv",
      Uint8Array.from({ length: 9_999 }, (_, at) => (at * 7_919) % 251),
      /^x.csv: it is not text/,
    ],
    ["garbage as NDJSON", "x.ndjson", "{\n", /^x.ndjson: line 1 is not JSON/],
    ["numbers as NDJSON", "x.ndjson", "7", /^x.ndjson: line 1 is 7; it must be an object or a list/],
    ["half a JSON document", "x.json", '[{"time":1', /^x.json: it is no JSON document/],
    ["a JSON word", "x.json", '"hello"', /^x.json: it must be a list of rows or a frame/],
    ["garbage as Parquet", "x.parquet", new Uint8Array(2_000), /^x.parquet: it is no Parquet file that can be read/],
    ["what says nothing by its name", "x.bin", "1", /^x.bin: its ending says nothing; known are \.csv/],
    [
      "plain text that calls itself gzip",
      "x.csv.gz",
      new TextEncoder().encode(header),
      /^x.csv.gz: it cannot be read to its end \(Z_DATA_ERROR\)/,
    ],
  ];
  for (const [what, name, content, why] of cases) {
    it(`for ${what}`, async () => {
      expect(await folder.refusal(name, content)).toMatch(why);
      expect(folder.files()).toEqual([]);
    });
  }

  it("for a gzip file and a Parquet file that end too early", async () => {
    const { gzipSync } = await import("node:zlib");
    const rows = Array.from(
      { length: 5_000 },
      (_, at) => `${BEGIN_MS + at * 60_000},1,2,1,${1 + (at % 97) / 97},${at}`,
    );
    const gzip = gzipSync(header + rows.join("\n"));
    expect(await folder.refusal("x.csv.gz", gzip.subarray(0, gzip.length / 2))).toMatch(
      /^x.csv.gz: .*\(Z_BUF_ERROR\); nothing was stored/,
    );
    const bytes = new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          { name: "time", data: [1, 2] },
          { name: "price", data: [1, 2] },
        ],
      }),
    );
    expect(await folder.refusal("x.parquet", bytes.subarray(0, bytes.length - 9))).toMatch(
      /^x.parquet: it is no Parquet file/,
    );
    expect(folder.files()).toEqual([]);
  });
});
