import { describe, expect, it } from "vitest";
import { BUILDS } from "../../support/core.ts";
import { PairDrive } from "../../support/pair-drive.ts";
import { sameAsTwin } from "../../support/pair-twin.ts";
import { cointegratedLogs } from "../../support/paths.ts";
import { PAIR_DEFAULTS, pairTwin, type PairBar, type PairParameters } from "../../support/twins/pairs-trading.ts";

function exponentials(logs: readonly (readonly number[])[]): number[][] {
  return logs.map((path) => path.map(Math.exp));
}
function market(seed: number, length: number, keep = 0.6): number[][] {
  return exponentials(cointegratedLogs({ seed, length, keep }));
}
function twinRun(
  prices: readonly (readonly number[])[],
  parameters: Partial<PairParameters>,
  own: Readonly<Record<string, number>>,
  build: "debug" | "release",
): Record<PairBar["event"], number> {
  const drive = new PairDrive({ build, parameters: own });
  return sameAsTwin(drive.run(prices), pairTwin(prices, { ...PAIR_DEFAULTS, ...parameters }));
}

describe.each(BUILDS)("pairs_trading, %s build", (build) => {
  it("does at every bar what the written-out strategy does", () => {
    let [enter, leave] = [0, 0];
    for (const seed of [70, 71, 72]) {
      const seen = twinRun(market(seed, 700), {}, {}, build);
      enter += seen.enter;
      leave += seen.leave;
    }
    expect(enter).toBeGreaterThan(10);
    expect(leave).toBeGreaterThan(10);
  });

  it("follows its parameters: thresholds, noise of the filter, hedge, lags, gates that come often", () => {
    const seen = { enter: 0, leave: 0, hedge: 0 };
    for (const seed of [73, 74]) {
      const parameters = {
        window: 300,
        entryZ: 1.2,
        exitZ: 0,
        stopZ: 2.5,
        delta: 1e-3,
        variance: 1e-2,
        regateBars: 37,
        maxLag: 0,
        rehedge: 0.01,
        riskTolerance: 1,
      };
      const own = {
        window: 300,
        entry_z: 1.2,
        exit_z: 0,
        stop_z: 2.5,
        delta: 1e-3,
        observation_variance: 1e-2,
        regate_seconds: 37,
        max_lag: 0,
        rehedge: 0.01,
        risk_tolerance: 1,
      };
      const found = twinRun(market(seed, 800, 0.8), parameters, own, build);
      seen.enter += found.enter;
      seen.leave += found.leave;
      seen.hedge += found.hedge;
    }
    expect(seen.enter).toBeGreaterThan(10);
    expect(seen.leave).toBeGreaterThan(10);
    expect(seen.hedge).toBeGreaterThan(3);
  });

  it("stops when the spread breaks, and waits until it has come back", () => {
    const logs = cointegratedLogs({ seed: 75, length: 600, keep: 0.6 });
    const broken = logs.map((leg, index) => leg.map((y, t) => (index === 0 && t >= 400 ? y + 0.002 * (t - 400) : y)));
    const prices = exponentials(broken);
    const parameters = { entryZ: 1, exitZ: 0, stopZ: 2.2, delta: 1e-9 };
    const twin = pairTwin(prices, { ...PAIR_DEFAULTS, ...parameters });
    const own = { entry_z: 1, exit_z: 0, stop_z: 2.2, delta: 1e-9 };
    sameAsTwin(new PairDrive({ build, parameters: own }).run(prices), twin);
    const stop = twin.findIndex(({ event, z }, bar) => bar > 390 && event === "leave" && Math.abs(z) > 2.2);
    expect(stop).toBeGreaterThan(0);
    expect(twin.slice(stop + 1).some(({ event }) => event === "enter")).toBe(false);
  });
});
