// Rolling statistics and the lead-lag search on recorded markets, against their twins: prices with jumps, gaps, bursts of
// quotes within a millisecond and long stretches without a move.
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { BUILDS } from "../support/core.ts";
import { GOLDEN_PRESENT } from "../support/golden.ts";
import { SHARED } from "../support/golden-data.ts";
import { GoldenData } from "../support/golden/data.ts";
import { openEngine } from "../support/golden/engine.ts";
import { changePointTwin } from "../support/twins/change-point.ts";
import { asynchronousTwin, momentsTwin, type Path, steps, varianceRatioTwin } from "../support/twins/columns.ts";

describe.skipIf(!GOLDEN_PRESENT).each(BUILDS)("statistics of recorded markets, %s build", (build) => {
  const { core, arena } = openEngine(build);
  const data = new GoldenData(join(SHARED, "data"));
  const logs = (file: string, length: number): number[] =>
    data.column(file, "close").slice(-length).filter(Number.isFinite).map(Math.log); // prettier-ignore

  it.each(["crypto/4h/BTC_USD.csv.gz", "crypto/5m/LTC_BTC.csv.gz", "equity/1d/SPY.csv.gz"])(
    "rolling over %s",
    (file) => {
      const x = logs(file, 3000);
      const r = steps(x);
      arena.reset();
      const [ratios, moments] = [arena.take(x.length), arena.take(4 * r.length)];
      core.ratioColumn(arena.put(x), x.length, 200, 8, arena.take(4), ratios);
      core.momentsColumn(arena.put(r), r.length, 100, arena.take(10), moments);
      for (let t = 201; t < r.length; t += 7) {
        const ratio = varianceRatioTwin(x.slice(t - 200, t + 1), 8)[0];
        if (Number.isFinite(ratio)) expect(arena.at(ratios + 8 * t) / ratio).toBeCloseTo(1, 8);
        const [mean, variance, skew, kurtosis] = momentsTwin(r.slice(t - 99, t + 1));
        expect(arena.at(moments + 32 * t)).toBeCloseTo(mean, 12);
        expect(arena.at(moments + 32 * t + 8) / variance).toBeCloseTo(1, 9);
        expect(arena.at(moments + 32 * t + 16)).toBeCloseTo(skew, 6);
        expect(arena.at(moments + 32 * t + 24)).toBeCloseTo(kurtosis, 6);
      }
    },
  );

  it("sees the autumn of 2008 as a change of the daily returns of SPY", () => {
    const returns = steps(data.column("equity/1d/SPY.csv.gz", "close").map(Math.log)).slice(2400, 2900);
    const calm = returns.slice(0, 200);
    const sigma = Math.sqrt(momentsTwin(calm)[1]);
    const x = returns.map((value) => value / sigma);
    arena.reset();
    const [at, out] = [arena.take(400), arena.take(4 * x.length)];
    core.changePointInit(at, 1 / 250, 0, 1, 1, 1);
    core.changePointColumn(arena.put(x), x.length, at, out);
    const lost = arena.at(at + 80);
    changePointTwin(x, { hazard: 1 / 250, mean: 0, kappa: 1, alpha: 1, beta: 1 }).forEach(({ recent }, t) => {
      expect(Math.abs(arena.at(out + 32 * t) - recent)).toBeLessThan(1e-9 + lost);
    });
    expect(lost).toBeLessThan(0.2);
    const times = data.column("equity/1d/SPY.csv.gz", "timestamp_ms").slice(2401, 2901);
    const [september, november] = [8, 10].map((month) => times.findIndex((time) => time >= Date.UTC(2008, month, 1)));
    const run = arena.at(out + 32 * (november ?? 0) + 8);
    expect(run).toBeLessThan((november ?? 0) - (september ?? 0));
    expect(run).toBeGreaterThan(10);
  });

  it.each(["BTC", "ETH"])("finds that the perpetual of %s moves before the spot, by tens of milliseconds", (coin) => {
    const path = (venue: string): Path => {
      const file = `crypto/ticks/${coin}_USDT_${venue}_20240808_quotes.csv.gz`;
      const ask = data.column(file, "ask");
      const values = data.column(file, "bid").map((bid, row) => Math.log((bid + (ask[row] ?? Number.NaN)) / 2));
      return { times: data.column(file, "timestamp_ms"), values };
    };
    const [perp, spot] = [path("perp"), path("spot")];
    arena.reset();
    const put = ({ times, values }: Path): [number, number, number] => [
      arena.put(times),
      arena.put(values),
      times.length,
    ];
    const [from, step, lags] = [-300, 5, 121];
    const out = arena.take(lags);
    const best = from + step * core.leadLag(...put(perp), ...put(spot), from, step, lags, out);
    expect(best).toBeGreaterThan(0);
    expect(best).toBeLessThan(200);
    for (const lag of [-100, 0, best])
      expect(arena.at(out + 8 * ((lag - from) / step))).toBeCloseTo(asynchronousTwin(perp, spot, lag), 9);
  });
});
