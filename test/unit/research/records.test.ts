// A row of history becomes the record that ingest writes for the same news sent over the wire, byte by byte.
import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { memoryHistory, merge, type Table } from "../../../src/history/history.ts";
import { formOf } from "../../../src/research/records.ts";
import { SoloPlane } from "../../../src/stream/solo-plane.ts";
import { Door, NOON } from "../../support/ingest-door.ts";

const AT = NOON - 300_000_000;
const SECONDS = AT / 1e6;

/** The last record that a run over the table writes, as hex, without the ids that the names were given. */
function ofHistory(table: Table): string {
  const plane = new SoloPlane({ maxSymbols: 4, maxInstances: 1, clock: AT, cooldownUs: 0 });
  const history = memoryHistory([table]);
  const datasets = history.list();
  const writers = datasets.map((dataset) => formOf(plane, dataset));
  const { memory, plan } = plane.compute.plane;
  let last = "";
  merge(history, datasets, {}, (row) => {
    const sequence = writers[0]?.write(row) ?? 0;
    const at = (plan.bases[layout.PLAN_EVENTS] ?? 0) + (sequence & (layout.EVENT_SLOTS - 1)) * layout.EVENT_BYTES;
    last = Buffer.from(memory.buffer.slice(at, at + layout.EVENT_BYTES)).toString("hex");
  });
  return last;
}

function ofWire(tick: object): string {
  const door = new Door();
  door.now = AT;
  door.json({ market_data: tick });
  return door.hex().at(-1) ?? "";
}

const base = { time: [AT] };
const CASES: readonly (readonly [name: string, tick: object, table: Table])[] = [
  [
    "trade",
    { symbol: "BTCUSD", price: 100.5, volume: 3, timestamp: SECONDS },
    { ...base, symbol: "BTCUSD", kind: "trade", columns: [[100.5], [3]] },
  ],
  [
    "quote of a venue",
    { kind: "quote", symbol: "BTCUSD", bid: 99, ask: 101, bid_size: 2, ask_size: 4, timestamp: SECONDS, venue: "X" },
    { ...base, symbol: "BTCUSD", kind: "quote", venue: "X", columns: [[99], [101], [2], [4]] },
  ],
  [
    "bar",
    {
      kind: "bar",
      symbol: "BTCUSD",
      open: 1,
      high: 4,
      low: 0.5,
      close: 2,
      volume: 9,
      interval_s: 300,
      timestamp: SECONDS,
    },
    {
      symbol: "BTCUSD",
      kind: "bar",
      intervalMs: 300_000,
      time: [AT - 300_000_000],
      columns: [[1], [4], [0.5], [2], [9]],
    },
  ],
  [
    "funding",
    { kind: "funding", symbol: "BTCUSD", rate: 0.0001, interval_hours: 8, timestamp: SECONDS },
    { ...base, symbol: "BTCUSD", kind: "funding", columns: [[0.0001], [8]] },
  ],
  [
    "earnings without an expectation",
    { kind: "earnings", symbol: "AAPL", actual: 1.5, announced_at: SECONDS, timestamp: SECONDS },
    { ...base, symbol: "AAPL", kind: "earnings", columns: [[1.5], [Number.NaN], [AT]] },
  ],
  [
    "macro",
    { kind: "macro", series: "WALCL", value: 7_000_000, unit: "usd_millions", timestamp: SECONDS },
    { ...base, symbol: "WALCL", kind: "macro", unit: "usd_millions", columns: [[7_000_000]] },
  ],
  [
    "rates of a contract",
    { kind: "rates", before: 5.3, after: 5.2, day: 5, days_in_month: 30, contract: "ZQZ6", timestamp: SECONDS },
    { ...base, symbol: "ZQZ6", kind: "rates", columns: [[5.3], [5.2], [5], [30], [12]] },
  ],
];

describe("records of history", () => {
  it.each(CASES)("of a %s are those of ingest", (_, tick, table) => {
    expect(ofWire(tick)).not.toBe("");
    expect(ofHistory(table)).toBe(ofWire(tick));
  });

  it("of news carry score, weight and the two halves of the hash", () => {
    const hash = 2 ** 40 + 17;
    const record = ofHistory({ ...base, symbol: "AAPL", kind: "news", columns: [[0.5], [0.8], [hash]] });
    const view = new DataView(Uint8Array.from(Buffer.from(record, "hex")).buffer);
    const payload = [0, 1, 2, 3].map((index) => view.getFloat64(layout.EVENT_PAYLOAD + index * 8, true));
    expect(payload).toEqual([0.5, 0.8, 17, 2 ** 8]);
  });

  it("of a row that was known late bear both times", () => {
    const late = AT + 5_000_000;
    const record = ofHistory({ ...base, known: [late], symbol: "BTCUSD", kind: "trade", columns: [[1], [1]] });
    const view = new DataView(Uint8Array.from(Buffer.from(record, "hex")).buffer);
    expect(view.getFloat64(layout.EVENT_TIME, true)).toBe(AT);
    expect(view.getFloat64(layout.EVENT_CLOCK, true)).toBe(late);
  });
});
