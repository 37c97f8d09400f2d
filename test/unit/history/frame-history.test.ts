// Frames that other programs keep in Redis, as bars in memory.
import { describe, expect, it } from "vitest";
import { frameHistory } from "../../../src/history/history.ts";

const BEGIN = 1_735_689_600;
const rows = (count: number, step = 300) =>
  Array.from({ length: count }, (_, row) => ({ timestamp: BEGIN + row * step, close: 100 + row, volume: row }));
const one = (value: unknown) => frameHistory([{ symbol: "BTCUSD", json: JSON.stringify(value) }]);

function read(value: unknown) {
  const history = one(value);
  const [dataset] = history?.list() ?? [];
  if (history === null || dataset === undefined) throw new Error("no history");
  const [block] = [...history.read(dataset)];
  return { dataset, time: [...(block?.time ?? [])], columns: block?.columns.map((column) => [...column]) ?? [] };
}

describe("a frame", () => {
  it("with closes alone becomes bars of that price, as far apart as its rows mostly are", () => {
    const gappy = rows(10).filter((_, row) => row !== 4);
    const { dataset, time, columns } = read(gappy);
    expect(dataset).toMatchObject({ kind: "bar", intervalMs: 300_000, rows: 9, source: "redis", synthetic: false });
    expect(time.slice(0, 2)).toEqual([BEGIN * 1e6, (BEGIN + 300) * 1e6]);
    expect(columns.map((column) => column[1])).toEqual([101, 101, 101, 101, 1]);
  });

  it("gives the same bars whatever the unit of its times and however pandas wrote it", () => {
    const wanted = read(rows(5));
    const column = (name: "close" | "volume" | "timestamp") =>
      Object.fromEntries(rows(5).map((row, index) => [String(index), row[name]]));
    const frames = [
      rows(5).map((row) => ({ ...row, timestamp: row.timestamp * 1_000 })),
      rows(5).map((row) => ({ ...row, timestamp: new Date(row.timestamp * 1_000).toISOString() })),
      { close: column("close"), volume: column("volume"), timestamp: column("timestamp") },
      { columns: ["timestamp", "close", "volume"], data: rows(5).map((row) => Object.values(row)) },
    ];
    for (const frame of frames) expect(read(frame)).toEqual(wanted);
  });

  it("with whole bars keeps them, and leaves out what is none or does not come after the one before", () => {
    const bar = (row: number, high: number) => ({
      timestamp: BEGIN + row * 60,
      open: 100,
      high,
      low: 99,
      close: 101,
      volume: 1,
    });
    const { dataset, columns } = read([bar(0, 102), bar(1, 100), bar(1, 103), bar(1, 104), bar(2, 105)]);
    expect(dataset.intervalMs).toBe(60_000);
    expect(columns[1]).toEqual([102, 103, 105]);
  });

  it("without times has rows of five minutes", () => {
    const { dataset, time } = read(rows(4).map(({ close }) => ({ close })));
    expect([dataset.intervalMs, (time[1] ?? 0) - (time[0] ?? 0)]).toEqual([300_000, 300_000_000]);
  });

  it("that is none gives nothing", () => {
    for (const bad of [{}, [], 1, "x", [{ close: -1 }], [{ close: 1 }], { close: [1] }]) expect(one(bad)).toBeNull();
    expect(frameHistory([{ symbol: "BTCUSD", json: "{" }])).toBeNull();
  });
});
