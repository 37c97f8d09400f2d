// The screen of `strategy-engine top` from given looks: what it tells, and that it keeps to the size of the terminal.
import { describe, expect, it } from "vitest";
import { draw, duration, type Screen } from "../../../src/cli/top/draw.ts";
import { type Look, sumOf } from "../../../src/cli/top/look.ts";

const TIER = { interval_ms: 100, cycles: 10, p50_ms: 0.2, p99_ms: 50, overruns: 3 };

function lookAt(atMs: number, ticks: number, signals: number, health: Partial<Look["health"]> = {}): Look {
  const known = {
    status: "healthy",
    strategies_deployed: 1,
    pipelines_executed: 2,
    tests_completed: 0,
    active_strategies: 1,
    active_executions: 4,
    uptime_seconds: 3_725,
    messagebus_connected: true,
    messagebus: "redis",
    troubles: [],
    emergency_stop: false,
    live_trading: "off",
    demo: false,
    events: 1_500,
    events_waiting: 7,
    journal: { state: "running", durable_events: 1_490, segments: 2, bytes: 3 * 1024 ** 2 },
  } as const;
  return {
    atMs,
    health: { ...known, ...health },
    summary: {
      system_health: "healthy",
      components: {},
      tiers: { fast: TIER, tactical: { ...TIER, p99_ms: 120 } } as unknown as Look["summary"]["tiers"],
      integration_stats: {
        symbols: 12,
        instances: 18,
        signals: 326,
        signals_refused: { a: 2, b: 3 },
        bus: { dropped: 9 },
      },
      redis_connected: true,
      uptime_seconds: 3_725,
    },
    components: [
      { name: "bus", kind: "component", status: "degraded", last_error: "Redis is away" },
      { name: "risk", kind: "component", status: "healthy", last_error: null },
    ],
    signals: [],
    ticks,
    refused: 0,
    published: signals,
    cpuSeconds: atMs / 4_000,
    memoryBytes: 200 * 1024 ** 2,
    loopP99Ms: 11.25,
  };
}

function shown(change: Partial<Screen> = {}): string {
  const [before, now] = [lookAt(1_000, 100, 3), lookAt(3_000, 1_100, 4)];
  const size = { width: 200, height: 100 };
  return draw({ url: "http://here", now, before, lost: null, paint: (_, text) => text, ...size, ...change }).join("\n");
}

describe("top", () => {
  it("tells rates between two looks, and totals", () => {
    expect(shown()).toContain("ticks       500/s   1,100 so far   12 symbols   18 instances");
    expect(shown()).toContain("signals     0.5/s   4 so far   5 refused by risk");
    expect(shown()).toContain("executions  4 running   1 strategies in force   2 pipelines ended");
    expect(shown()).toContain("25 % of a core   200 MiB   main thread late by 11.3 ms at p99");
    expect(shown({ before: null })).toContain("ticks       -/s");
  });

  it("tells what waits, and which parts are not well", () => {
    expect(shown()).toContain("event ring  7 of 1,500 events wait to be evaluated");
    expect(shown()).toContain("10 events not on the disk yet, 3 MiB in 2 files");
    expect(shown()).toContain("parts       1 of 2 healthy\n            bus degraded: Redis is away");
    expect(shown({ now: lookAt(3_000, 1, 1, { journal: null }) })).toContain("nothing survives a restart");
  });

  it("draws how near the slowest beats of a tier come to its interval", () => {
    const painted: string[] = [];
    const lines = shown({ paint: (style, text) => (painted.push(`${style} ${text}`), text) });
    expect(lines).toMatch(/fast +100 ms +0\.20 +50\.00 +3 {2}█{10}░{10}/);
    expect(painted).toContain(`yellow ${"█".repeat(10)}`);
    expect(painted).toContain(`red ${"█".repeat(20)}`);
  });

  it("says first what matters most", () => {
    expect(shown()).toMatch(/^strategy-engine {2}http:\/\/here {2}healthy {2}up 1 h 2 min\n/);
    const now = lookAt(3_000, 1, 1, {
      emergency_stop: true,
      demo: true,
      troubles: ["Redis is away"],
      live_trading: "on",
    });
    const lines = shown({ now, lost: "refused" }).split("\n");
    expect(lines[0]).toContain("DEMO: a made-up market  LIVE TRADING on");
    expect(lines.slice(1, 4)).toEqual([
      "no answer any more (refused); these figures are old",
      "EMERGENCY STOP: nothing enters until it is lifted",
      "! Redis is away",
    ]);
  });

  it("keeps within the terminal; colours take no room", () => {
    const lines = shown({ width: 30, height: 9 }).split("\n");
    expect(lines).toHaveLength(9);
    expect(Math.max(...lines.map((line) => line.length))).toBe(30);
    const painted = shown({ width: 30, height: 9, paint: (_, text) => `<${text}>` }).split("\n");
    expect(painted.map((line) => line.replaceAll(/[<>]/g, ""))).toEqual(lines);
  });

  it("shows what would steer the terminal as its code", () => {
    const now = lookAt(3_000, 1, 1, { troubles: ["a\u001b[2Jb\nc"] });
    expect(shown({ now }).split("\n")[1]).toBe("! a\\u001b[2Jb\\u000ac");
  });

  it("writes durations in two units", () => {
    expect([5.9, 65, 7_260, 180_000].map(duration)).toEqual(["5 s", "1 min 5 s", "2 h 1 min", "2 d 2 h"]);
  });

  it("sums a family of figures over its labels, and no other that begins alike", () => {
    const text = '# TYPE ticks counter\nticks{a="1"} 2\nticks{a="2"} 3.5\nticks_more 100\n';
    expect(sumOf(text, "ticks")).toBe(5.5);
    expect(sumOf(text, "none")).toBe(0);
  });
});
