import { describe, expect, it } from "vitest";
import { FAMILIES, type Family } from "../../../src/telemetry/families.ts";
import { LatencyHistogram } from "../../../src/telemetry/histogram.ts";
import { Metrics } from "../../../src/telemetry/metrics.ts";

interface Exposition {
  readonly help: ReadonlyMap<string, string>;
  readonly type: ReadonlyMap<string, string>;
  /** Sample lines by `name{label="value",…}`, labels sorted. */
  readonly samples: ReadonlyMap<string, number>;
}

/** A strict reader of the text format: every line must be a HELP, a TYPE or a sample. */
function parse(text: string): Exposition {
  const help = new Map<string, string>();
  const type = new Map<string, string>();
  const samples = new Map<string, number>();
  expect(text.endsWith("\n")).toBe(true);
  for (const line of text.split("\n").filter((each) => each !== "")) {
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line);
    const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-z_]+="[^"]*",?)*)\})? (\S+)$/.exec(line);
    if (comment?.[2] !== undefined) (comment[1] === "HELP" ? help : type).set(comment[2], comment[3] ?? "");
    else if (sample?.[1] !== undefined) samples.set(sampleKey(sample[1], sample[2] ?? ""), Number(sample[3]));
    else expect.fail(`not a line of the text format: ${line}`);
  }
  return { help, type, samples };
}
function sampleKey(name: string, labels: string): string {
  const sorted = labels === "" ? [] : labels.split(",").toSorted();
  return sorted.length === 0 ? name : `${name}{${sorted.join(",")}}`;
}

describe("Metrics", () => {
  it("shows every family with HELP and TYPE before anything was counted", async () => {
    const { help, type } = parse(await new Metrics().text());
    for (const family of Object.values<Family>(FAMILIES)) {
      expect(help.get(family.name), family.name).toBe(family.help);
      expect(type.get(family.name), family.name).toBe(family.type);
    }
    expect(type.get("process_resident_memory_bytes")).toBe("gauge");
    expect(type.get("process_cpu_seconds_total")).toBe("counter");
  });

  it("shows every known label set at zero", async () => {
    const { samples } = parse(await new Metrics().text());
    expect(samples.get('strategy_ticks_ingested_total{encoding="msgpack",transport="redis"}')).toBe(0);
    expect(samples.get('strategy_deployments_total{deployment_type="blue_green"}')).toBe(0);
    expect(samples.get('strategy_signals_total{family="trend_following",strategy="momentum"}')).toBe(0);
    expect(samples.get('strategy_evaluation_duration_seconds_count{tier="learning"}')).toBe(0);
    expect(samples.get("strategy_redis_connected")).toBe(0);
    expect([...samples.keys()].filter((key) => key.startsWith("strategy_signals_total"))).toHaveLength(18);
  });

  it("reads counters and gauges anew at each scrape", async () => {
    const metrics = new Metrics();
    let ticks = 5;
    metrics.read("ticksIngested", () => ticks, { encoding: "json", transport: "http" });
    metrics.read("ticksRejected", () => 2, { reason: "price" });
    metrics.read("pnl", () => -12.5);
    await metrics.text();
    ticks = 9;
    const { samples } = parse(await metrics.text());
    expect(samples.get('strategy_ticks_ingested_total{encoding="json",transport="http"}')).toBe(9);
    expect(samples.get('strategy_ticks_rejected_total{reason="price"}')).toBe(2);
    expect(samples.get("strategy_pnl_total")).toBe(-12.5);
  });

  it("shows a latency histogram in seconds", async () => {
    const metrics = new Metrics();
    const histogram = new LatencyHistogram();
    for (const us of [100, 7_999, 8_001, 1_000_000]) histogram.record(us);
    metrics.observe("evaluationDuration", histogram, { tier: "fast" });
    const { samples } = parse(await metrics.text());
    const value = (suffix: string, le = ""): number | undefined =>
      samples.get(sampleKey(`strategy_evaluation_duration_seconds_${suffix}`, `tier="fast"${le}`));
    expect(value("bucket", ',le="0.00003125"')).toBe(0);
    expect(value("bucket", ',le="0.008"')).toBe(2);
    expect(value("bucket", ',le="0.016"')).toBe(3);
    expect(value("bucket", ',le="+Inf"')).toBe(4);
    expect(value("count")).toBe(4);
    expect(value("sum")).toBeCloseTo(1.0161, 9);
  });

  it("refuses label sets that the family does not have", () => {
    const metrics = new Metrics();
    expect(() => metrics.read("ticksRejected", () => 0)).toThrow(
      "strategy_ticks_rejected_total has the labels [reason]",
    );
    expect(() => metrics.read("pnl", () => 0, { tier: "fast" })).toThrow("has the labels []");
    expect(() => metrics.read("testDuration", () => 0, { test_type: "backtest" })).toThrow("use observe");
  });
});
