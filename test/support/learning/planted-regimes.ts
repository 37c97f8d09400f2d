// Markets whose regimes are known: log returns of one deviation until a switch, then another drift, deviation or both,
// then the first again. Deterministic by seed. Drives the core's detector over them on bars of one minute.
import * as layout from "../../../assembly/layout.ts";
import type { Regime } from "../../../src/domain/regime.ts";
import type { CoreBuild } from "../../../src/stream/kernels/core.ts";
import type { RegimeState } from "../../../src/stream/rings/state-reader.ts";
import { Random } from "../random.ts";
import { pieced, runRegimes } from "../regimes.ts";

/** Deviation of a usual return. */
export const USUAL = 0.001;

export interface PlantedRegime {
  readonly regime: Regime;
  /** In deviations of a usual return. */
  readonly drift: number;
  readonly sigma: number;
}
export const PLANTED = {
  "a trend of half a deviation": { regime: "trending", drift: 0.5, sigma: 1 },
  "a trend of one deviation": { regime: "trending", drift: 1, sigma: 1 },
  "a fall of one deviation": { regime: "trending", drift: -1, sigma: 1 },
  "two and a half times the deviation": { regime: "volatile", drift: 0, sigma: 2.5 },
  "four tenths of the deviation": { regime: "calm", drift: 0, sigma: 0.4 },
} as const satisfies Record<string, PlantedRegime>;

const BEFORE = 600;
const DURING = 150;
const AFTER = 200;

export interface Found {
  /** Bars from the switch until the regime was named; Infinity: not while it lasted. */
  readonly delay: number;
  /** Bars from its end until the market was named ranging again. */
  readonly back: number;
}

/** What the core names after each bar. */
export function regimesAlong(
  closes: readonly number[],
  parameters: Record<string, number> = {},
  volumes: readonly number[] = [],
  build: CoreBuild = "release",
): readonly RegimeState[] {
  const named: RegimeState[] = [];
  runRegimes(closes, {
    build,
    volumes,
    each: (plane, bar) => {
      if (bar === 0) {
        plane.instances.change(layout.REGIME_SHIFT_DETECTOR, parameters);
        // The others have no part in it and take most of the time.
        for (const { id } of plane.instances.all) if (id !== layout.REGIME_SHIFT_DETECTOR) plane.instances.remove(id);
      }
      named.push(plane.state.regime(0));
    },
  });
  return named;
}

/** `volumes` of the three parts. */
export function findPlanted(
  seed: number,
  planted: PlantedRegime,
  parameters: Record<string, number> = {},
  volumes: readonly [before: number, during: number, after: number] = [1, 1, 1],
  build: CoreBuild = "release",
): Found {
  const closes = pieced(new Random(seed), [
    [BEFORE, 0, USUAL],
    [DURING, planted.drift * USUAL, planted.sigma * USUAL],
    [AFTER, 0, USUAL],
  ]);
  const spans = [BEFORE + 1, DURING, AFTER];
  const traded = spans.flatMap((span, part) => Array.from({ length: span }, () => volumes[part] ?? 1));
  const named = regimesAlong(closes, parameters, traded, build).map(({ regime }) => regime);
  const first = (regime: Regime, from: number, until: number): number => {
    const at = named.indexOf(regime, from);
    return at < 0 || at > until ? Infinity : at - from;
  };
  return {
    delay: first(planted.regime, BEFORE + 1, BEFORE + DURING),
    back: first("ranging", BEFORE + DURING + 1, BEFORE + DURING + AFTER),
  };
}

/** Regimes that were taken up in a market that has none but one: `bars` after the detector had its reference. */
export function falseAlarms(seed: number, bars: number): number {
  const named = regimesAlong(pieced(new Random(seed), [[500 + bars, 0, USUAL]]));
  return named.filter(({ regime }, bar) => bar > 500 && regime !== named[bar - 1]?.regime).length;
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
}
