import { describe, expect, it } from "vitest";
import { m4Report, verdictOf } from "../../../bench/m4-report.ts";
import type { Result } from "../../../bench/result.ts";

const M4 = "Apple M4 Max";

function result(name: string, label: string, p99Ns: number, fingerprint?: string): Result {
  const figure = { label, medianNs: p99Ns / 10, p99Ns };
  return { name, pairs: [figure], ratio: 1, note: "", ...(fingerprint === undefined ? {} : { fingerprint }) };
}
function measured(fast: number, signal: number): readonly Result[] {
  return [
    result("fast-tier evaluation", "f64x2", fast, "1f"),
    result("end to end, 1,000 messages a second", "published to received", signal),
  ];
}

describe("the verdict on 8 ms", () => {
  it("is met at 8 ms and missed above, for the evaluation and from tick to signal alike", () => {
    expect(verdictOf(M4, measured(8e6, 8e6)).verdict).toBe("met");
    expect(verdictOf(M4, measured(8.001e6, 1e6)).verdict).toBe("missed");
    expect(verdictOf(M4, measured(1e6, 8.001e6)).verdict).toBe("missed");
    expect(verdictOf(M4, measured(Number.NaN, 1e6)).verdict).toBe("missed");
  });

  it("is not decided by half of the figures, unless that half is too slow", () => {
    expect(verdictOf(M4, measured(1e6, 1e6).slice(0, 1))).toEqual({
      verdict: "not decided",
      reason: "fast-tier evaluation p99 1.00 ms, tick to signal p99 not measured",
    });
    expect(verdictOf(M4, measured(9e6, 1e6).slice(0, 1)).verdict).toBe("missed");
  });

  it("is not decided on another processor, however fast", () => {
    expect(verdictOf("AMD EPYC", measured(1, 1)).verdict).toBe("not decided");
    expect(verdictOf("Apple M3 Max", measured(1, 1)).verdict).toBe("not decided");
  });
});

it("the report names machine, rule and versions, what was not measured, and answers that differ", () => {
  const machine = { cpu: M4, cores: 16, arch: "arm64", platform: "darwin", memoryGib: 64, node: "v22" };
  const facts = { "performance cores": "12", "efficiency cores": "4" };
  const details = { machine, facts, versions: { node: "22" }, date: "2026-11-22", seconds: 41.4 };
  const failures = { "stream/decode": "decode failed" };
  const report = m4Report(details, measured(2e6, 3e6), failures, new Map([["fast-tier evaluation", "2e"]]));
  for (const part of [
    "- machine: Apple M4 Max, 16 cores, 64 GiB, darwin arm64",
    "- performance cores: 12",
    "**8 ms: met** (fast-tier evaluation p99 2.00 ms, tick to signal p99 3.00 ms)",
    "Rule: met: ",
    "| fast-tier evaluation | f64x2 | 200 µs | 2.00 ms |  |  | **1f, elsewhere 2e** |",
    "- not measured: stream/decode: decode failed",
    "41 s in all.",
  ])
    expect(report).toContain(part);
  const same = m4Report(details, measured(2e6, 3e6), {}, new Map([["fast-tier evaluation", "1f"]]));
  expect(same).toContain("1f, as elsewhere |");
});
