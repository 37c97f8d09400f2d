import { describe, expect, it } from "vitest";
import { COLUMNS, datasetId, HistoryFault, intervalLabel, parseInterval } from "../../../src/history/history.ts";

describe("the id of a dataset", () => {
  it("says symbol, kind, length of a bar and venue, and is the name of a file", () => {
    const bars = { symbol: "BTC/USD", kind: "bar", intervalMs: 14_400_000, venue: "coinbase" } as const;
    expect(datasetId(bars)).toBe("BTC~USD@bar-4h@coinbase");
    expect(datasetId({ ...bars, kind: "trade", intervalMs: 0, venue: null })).toBe("BTC~USD@trade");
  });

  it("tells symbols apart that differ in their slash", () => {
    const ids = ["A/B", "A_B", "A-B", "A.B"].map((symbol) =>
      datasetId({ symbol, kind: "macro", intervalMs: 0, venue: null }),
    );
    expect(new Set(ids).size).toBe(4);
  });

  it("writes a length in its largest unit, and reads it back", () => {
    for (const ms of [1, 250, 1_000, 10_000, 60_000, 90_000, 300_000, 3_600_000, 86_400_000, 604_800_000]) {
      expect(parseInterval(intervalLabel(ms))).toBe(ms);
    }
    expect(intervalLabel(5_400_000)).toBe("90m");
    expect([parseInterval("1w"), parseInterval("60000"), parseInterval("0m"), parseInterval("m")]).toEqual([
      604_800_000,
      60_000,
      null,
      null,
    ]);
  });
});

it("has price columns for every kind with prices", () => {
  expect(COLUMNS.bar).toEqual(["open", "high", "low", "close", "volume"]);
});

it("names the file and the way out in a fault", () => {
  expect(new HistoryFault("x.columns", "its end is missing", "import it again").message).toBe(
    "x.columns: its end is missing; import it again",
  );
});
