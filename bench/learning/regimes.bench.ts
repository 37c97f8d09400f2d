// What regimes cost beside the hot path: a bar of regime_shift_detector with its review, by which the core names the
// regime; the regimes of asset classes and market of 4,096 symbols, once a minute on the main thread; and one pass of the
// estimate of the detector's parameters, which is what a slice of learning does.
import * as layout from "../../assembly/layout.ts";
import { Random } from "../../src/domain/random.ts";
import type { Regime } from "../../src/domain/regime.ts";
import { marketRegimes, type SymbolRegime } from "../../src/learning/regime.ts";
import { RegimeFit } from "../../src/learning/regime-fit.ts";
import { TestPlane } from "../../test/support/plane.ts";
import type { Result } from "../result.ts";
import { measure } from "../runner.ts";

const SEED = 8;
const SYMBOLS = 4_096;
const MINUTE_US = 60_000_000;
const COLUMNS = 16;
const LENGTH = 461;

export async function run(): Promise<readonly Result[]> {
  return [await bars(), await groups(), await passes()];
}

function bars(): Promise<Result> {
  const random = new Random(SEED);
  const plane = new TestPlane({ build: "release" });
  plane.symbol("X");
  for (const { id } of plane.instances.all) if (id !== layout.REGIME_SHIFT_DETECTOR) plane.instances.remove(id);
  let price = 100;
  const bar = (): void => {
    price *= Math.exp(0.001 * random.normal());
    plane.pass(MINUTE_US);
    plane.bar("X", [price, price, price, price, 1 + random.next()], 60_000);
    plane.beat(layout.TIER_FAST);
    plane.settle();
  };
  for (let count = 0; count < 1_000; count++) bar();
  const note = `bars of a minute, seed ${SEED}; with making, writing and reading the bar`;
  return measure({ label: "core", operations: 1, run: bar }, { name: "bar of the regime detector", note });
}

function groups(): Promise<Result> {
  const random = new Random(SEED);
  const regimes: readonly Regime[] = ["trending", "ranging", "volatile", "calm", "unknown"];
  const assets = ["crypto", "forex", "indices", "commodities", "stocks"];
  const symbols: SymbolRegime[] = Array.from({ length: SYMBOLS }, (_, index) => {
    const regime = regimes[random.integer(5)] ?? "unknown";
    const asset = assets[random.integer(5)] ?? "stocks";
    return { symbol: `S${index}`, asset, regime, probability: random.next(), since: index, side: 0, quietBars: 0 };
  });
  const call = () => marketRegimes(symbols, new Map(), 1);
  const note = `${SYMBOLS} symbols in five classes, seed ${SEED}`;
  return measure({ label: "host", operations: 1, run: call }, { name: "regimes of classes and market", note });
}

function passes(): Promise<Result> {
  const random = new Random(SEED);
  const columns = Array.from({ length: COLUMNS }, () => Array.from({ length: LENGTH }, () => random.normal()));
  const bounds = { sigma0: [0.2, 2.5], sigma1: [0.6, 6], move01: [0.001, 0.02], move10: [0.004, 0.08] } as const;
  const fit = new RegimeFit(columns, { sigma0: 0.9, sigma1: 2, move01: 0.005, move10: 0.02 }, bounds);
  const note = `${COLUMNS} columns of ${LENGTH} observations, 70 % of them in sample, seed ${SEED}`;
  return measure(
    { label: "core", operations: 1, run: () => fit.pass() },
    { name: "pass of the regime estimate", note },
  );
}
