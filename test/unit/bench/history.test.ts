import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  type Day,
  dayOf,
  DAYS_MAX,
  historyFile,
  readHistories,
  withDay,
  writeHistory,
} from "../../../bench/history.ts";
import { reportPage, sparkline } from "../../../bench/report-page.ts";
import type { Result } from "../../../bench/result.ts";

function result(name: string, medianNs: number, fingerprint?: string): Result {
  const told = fingerprint === undefined ? {} : { fingerprint };
  return { name, pairs: [{ label: "core", medianNs }], ratio: 1.23456, note: "", ...told };
}
function day(date: string, ...results: readonly Result[]): Day {
  return dayOf(date, "v20", results);
}

describe("the history of results", () => {
  it("keeps a day once: what is measured again replaces, what is not stays", () => {
    const first = withDay([], day("2026-01-02", result("a", 12.3456), result("b", 5)));
    const second = withDay(first, day("2026-01-02", result("a", 20, "1f")));
    expect(second).toEqual([
      {
        date: "2026-01-02",
        node: "v20",
        results: {
          a: { ratio: 1.235, medians: { core: 20 }, fingerprint: "1f" },
          b: { ratio: 1.235, medians: { core: 5 } },
        },
      },
    ]);
  });

  it("is in the order of days and lets the oldest go", () => {
    const date = (index: number): string => new Date(Date.UTC(2026, 0, 1 + index)).toISOString().slice(0, 10);
    let history: readonly Day[] = [];
    for (let index = DAYS_MAX; index >= 0; index--) history = withDay(history, day(date(index), result("a", index)));
    expect(history).toHaveLength(DAYS_MAX);
    expect(history[0]?.date).toBe(date(1));
    expect(history.at(-1)?.date).toBe(date(DAYS_MAX));
  });

  it("is read as it was written, a file for each machine", () => {
    const dir = mkdtempSync(join(tmpdir(), "history-"));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    const days = [day("2026-01-01", result("a", 1)), day("2026-01-02", result("a", 2))];
    expect(readHistories(join(dir, "none")).size).toBe(0);
    writeHistory(historyFile(join(dir, "kept"), "m4"), days);
    expect([...readHistories(join(dir, "kept"))]).toEqual([["m4", days]]);
  });
});

describe("the page of results", () => {
  it("draws what became slower as a line that rises, by the factor", () => {
    const heights = (...times: readonly number[]): number[] => {
      const svg = sparkline(times.map((ns, index) => ({ date: `day ${index}`, ns, changed: false })));
      return [...svg.matchAll(/cy="([\d.]+)"/g)].map(([, y]) => Number(y));
    };
    expect(heights(100, 200, 400)).toEqual([28, 16, 4]);
    expect(heights(1, 2, 4)).toEqual(heights(100, 200, 400));
    // Half of twice as slow is what a shared machine does by itself: not the whole height.
    expect(heights(100, 2 ** 0.5 * 100)).toEqual([28, 16]);
    expect(heights(7)).toEqual([28]);
  });

  it("marks the day on which another answer was computed, and escapes names", () => {
    const days = [day("2026-01-01", result("a < b", 10, "1f")), day("2026-01-02", result("a < b", 5, "2e"))];
    const page = reportPage(new Map([["m4", days]]));
    expect(page).toContain("a &lt; b: core");
    expect(page.match(/another answer</g)).toHaveLength(1);
    expect(page).toContain("2026-01-02: 5.00 ns, another answer");
    expect(page).toContain("<td>0.50 x</td>");
    const same = [day("2026-01-01", result("a", 10)), day("2026-01-02", result("a", 5, "2e"))];
    expect(reportPage(new Map([["m4", same]]))).not.toContain("another answer<");
    expect(reportPage(new Map())).toContain("Nothing was measured yet");
  });
});
