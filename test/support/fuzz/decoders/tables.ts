// Tables of strangers: CSV, JSON documents and the frames of pandas. They become rows, ticks or one sentence that
// says why not (FileFault); nothing else is ever thrown, and no cell means another number than its text.
import { Collector } from "../../../../src/history/intake/collector.ts";
import { jsonBatches } from "../../../../src/history/intake/json-source.ts";
import { readCsv, readNdjson } from "../../../../src/history/intake/text-source.ts";
import { CsvColumns, splitCells } from "../../../../src/stream/ingest/csv-columns.ts";
import { FileFault, type OpenFile } from "../../../../src/stream/ingest/file-lines.ts";
import { historyTicks } from "../../../../src/stream/ingest/history-frame.ts";
import { Door, NOON } from "../../ingest-door.ts";
import type { Batch } from "../../../../src/history/intake/cell.ts";
import { fault, plainly, textsOf, type Target, type Trial } from "./target.ts";

const INTAKE = ["cell", "collector", "row-rules", "shape", "series", "sorted-rows"].map(
  (name) => `history/intake/${name}.js`,
);
const NAMES =
  "timestamp timestamp_ms time date open high low close volume price bid ask rate funding_rate value symbol";
const CELLS = [
  "1640995200",
  "1640995200123",
  "2022-01-01",
  "2022-01-01T00:00:00Z",
  "nan",
  "1e5",
  "0x10",
  "-",
  '""',
  "1,5",
];

/** What is left of a batch when the collector has judged it. */
function judged(batches: Iterable<Batch>): string {
  const spill = (): never => fault("a few rows were written to the disk");
  const collector = new Collector({ symbol: "BTCUSD", symbolAsked: false }, spill);
  try {
    for (const batch of batches) {
      if (batch.rows.length !== batch.lines.length) fault(`${batch.rows.length} rows have ${batch.lines.length} lines`);
      const taken = collector.take(batch);
      if (!taken.ok) return plainly(taken.failure);
    }
    const incoming = collector.incoming({ source: "x", importedAt: NOON, replace: false });
    if (!incoming.ok) return plainly(incoming.failure);
    for (const { blocks } of incoming.value) {
      for (const { time, columns } of blocks) {
        if (!time.every((at) => at > 0 && at < 4.2e15)) fault("a row has no sensible time");
        if (columns.some(({ length }) => length !== time.length)) fault("a column is shorter than its times");
      }
    }
    return `${incoming.value.length > 0 ? "stored" : "nothing"} ${plainly(collector.notes[0]?.message ?? "")}`;
  } finally {
    collector.close();
  }
}

function refusal(error: unknown): string {
  if (error instanceof FileFault) return plainly(error.message);
  throw error;
}

function openedIn(pieces: readonly Uint8Array[]): OpenFile {
  const given = async function* given(): AsyncGenerator<Uint8Array> {
    for (const piece of pieces) yield await Promise.resolve(piece);
  };
  return { pieces: given(), bytesRead: () => 0, close: () => undefined };
}

export async function gathered(batches: AsyncIterable<Batch>): Promise<string> {
  try {
    const all: Batch[] = [];
    for await (const batch of batches) all.push(batch);
    return judged(all);
  } catch (error) {
    return refusal(error);
  }
}

const CSV_SEEDS = textsOf(
  "timestamp,open,high,low,close,volume\n1640995200000,1,2,0.5,1.5,10\n1640995260000,1.5,2,1,1.2,3\n",
  'date;"close"\n2022-01-01;1.5\n2022-01-02;1.6\n',
  'time,symbol,bid,ask,venue\n1640995200,"A,""B",1,2,x\n',
  "timestamp_ms,BTC,ETH\n1640995200000,1,\n1640995260000,2,3\n",
  "date,time,price,size\n20220101,14:30,5,1\n20220101,14:31:05,6,\n",
  "timestamp,funding_rate\n1640995200,0.0001\n1641024000,-0.0001\n",
);
const csvWords = textsOf(...NAMES.split(" "), ...CELLS, ",", ";", "\t", "|", "\n", "\r\n", '"', '""');

/** One line after the other, without waiting: the way of recorded market data into the engine. */
class CsvTicks implements Trial {
  run(input: Uint8Array): string {
    const [head = "", ...lines] = Buffer.from(input).toString("utf8").split("\n");
    const columns = CsvColumns.from(splitCells(head), { symbol: "BTCUSD" });
    if (columns === null) return "no columns";
    for (const line of lines) {
      const cells = splitCells(line);
      if (!line.includes('"') && cells.join() !== line) fault("cells are not what stands between the commas");
      for (const tick of columns.ticks(cells, 6e7)) {
        if (Object.getPrototypeOf(tick) !== Object.prototype) fault("a tick has another prototype");
      }
    }
    return columns.shape;
  }
}

export const csvTicks: Target = {
  name: "CSV ticks",
  files: ["stream/ingest/csv-columns.js"],
  weight: 8,
  batch: 10_000,
  seeds: CSV_SEEDS,
  words: csvWords,
  open: () => new CsvTicks(),
};

export const csvRows: Target = {
  name: "CSV and NDJSON rows",
  files: [...INTAKE, "history/intake/text-source.js", "stream/ingest/file-lines.js"],
  weight: 7,
  batch: 2_000,
  seeds: [
    ...CSV_SEEDS,
    ...textsOf(
      '{"timestamp":1640995200,"close":1}\n{"timestamp":1640995260,"close":2}\n',
      '{"market_data":[{"symbol":"A","price":1,"timestamp":1640995200}]}\n[1640995200,1,2,1,1,5]\n',
    ),
  ],
  words: csvWords,
  open: () => ({
    run: (input) => {
      const cut = input.length >> 1;
      const file = openedIn([input.subarray(0, cut), input.subarray(cut)]);
      return gathered(input[0] === 0x7b || input[0] === 0x5b ? readNdjson(file) : readCsv(file));
    },
  }),
};

const FRAMES = textsOf(
  '[{"timestamp":1640995200,"open":1,"high":2,"low":1,"close":1.5,"volume":3},{"timestamp":1640995260,"open":1,"high":2,"low":1,"close":1.5,"volume":3}]',
  '{"close":{"1640995200000":1,"1640995260000":2},"volume":{"1640995200000":1,"1640995260000":2}}',
  '{"columns":["close","open"],"index":[1640995200000,1640995260000],"data":[[1,2],[3,4]]}',
  '{"1640995200000":{"close":1},"1640995260000":{"close":2}}',
  '{"observations":[{"date":"2022-01-01","value":"1.5"},{"date":"2022-02-01","value":"."}]}',
  '{"data":[["A",1,2,1640995200]]}',
);

/** Both readers of frames: the back-fill from Redis with the decoder behind it, and the import of history. */
class FrameTrial implements Trial {
  private readonly door = new Door({ build: "release", maxSymbols: 64 });

  run(input: Uint8Array): string {
    const text = Buffer.from(input).toString("utf8");
    const ticks = historyTicks(text, "BTCUSD", NOON, 50);
    if (ticks !== null) {
      if (ticks.length > 50) fault(`${ticks.length} rows, 50 were asked for`);
      const { accepted, rejected, failure } = this.door.ingest.acceptValue(ticks, "redis", "json");
      this.door.ingest.publish();
      if (failure === undefined && accepted + rejected !== ticks.length) fault("rows went missing");
    }
    return `${ticks === null ? "no frame" : "frame"}, ${imported(text)}`;
  }
}

function imported(text: string): string {
  try {
    return judged(jsonBatches(text));
  } catch (error) {
    return refusal(error);
  }
}

export const frames: Target = {
  name: "DataFrame JSON",
  files: [
    ...["history-frame", "frame-parts", "json-pieces"].map((name) => `stream/ingest/${name}.js`),
    "history/intake/json-source.js",
    ...INTAKE,
  ],
  weight: 8,
  batch: 4_000,
  seeds: FRAMES,
  words: textsOf(
    ...NAMES.split(" ").map((name) => `"${name}":`),
    '"data":',
    '"columns":',
    '"index":',
    '"__proto__":{}',
    "null",
    "[",
    "{",
    "]",
    "}",
    "1e400",
  ),
  open: () => new FrameTrial(),
};
