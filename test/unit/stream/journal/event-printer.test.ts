// Records as people read them.
import { expect, it } from "vitest";
import * as layout from "../../../../assembly/layout.ts";
import { EventPrinter } from "../../../../src/stream/journal/event-printer.ts";
import { createPlane } from "../../../../src/stream/rings/plane.ts";

const CLOCK = Date.UTC(2026, 10, 18, 12, 0, 0) * 1000 + 123_456;

it("prints every kind of record with the names that the stream has given", () => {
  const { plan, memory, writer } = createPlane({ maxSymbols: 16, maxInstances: 16, workers: 1 });
  writer.stamp(CLOCK);
  writer.writeName(layout.TABLE_SYMBOL, 3, layout.ASSET_CRYPTO, layout.FLAG_MORE, "BTCUSD");
  writer.write(layout.KIND_TRADE, 3, layout.FLAG_DEMO, 0, CLOCK - 1500, [50_000.5, 2, 50_001, 50_000, 50_000.25]);
  writer.write(layout.KIND_TRADE, 4, 0, 0, CLOCK, [1, 2, 3, 4, 5]);
  writer.write(layout.KIND_BAR, 3, 0, 60_000, CLOCK, [1, 2, 0.5, 1.5, 9]);
  writer.write(layout.KIND_CLOCK, 0, 0, layout.TIER_TACTICAL | layout.TIER_LEARNING, CLOCK, []);
  writer.write(layout.KIND_CONTROL, 2, 0, layout.CONTROL_ENABLE, CLOCK, [1]);
  writer.write(99, 2, 0, 0, Number.NaN, [1]);
  const base = plan.bases[layout.PLAN_EVENTS] ?? 0;
  const bytes = new Uint8Array(memory.buffer, base, 7 * layout.EVENT_BYTES);
  const printer = new EventPrinter();
  const lines = Array.from({ length: 7 }, (_, index) => printer.line(10 + index, bytes, index * layout.EVENT_BYTES));
  expect(lines).toEqual([
    '10 2026-11-18T12:00:00.123456Z name symbol #3 "BTCUSD" asset=1 [more]',
    "11 2026-11-18T12:00:00.123456Z trade BTCUSD price=50000.5 volume=2 high=50001 low=50000 open=50000.25 lag_ms=1.5 [demo]",
    "12 2026-11-18T12:00:00.123456Z trade #4 price=1 volume=2 high=3 low=4 open=5",
    "13 2026-11-18T12:00:00.123456Z bar BTCUSD open=1 high=2 low=0.5 close=1.5 volume=9 interval_ms=60000",
    "14 2026-11-18T12:00:00.123456Z clock tactical+learning",
    "15 2026-11-18T12:00:00.123456Z enable #2 enabled=1",
    "16 2026-11-18T12:00:00.123456Z kind_99 #2 p0=1 p1=0 p2=0 p3=0 p4=0 lag_ms=NaN",
  ]);
});
