// Regimes as the stream has them: of each symbol as the core names it, and those of asset classes and the market, which
// the host makes of them (src/learning/regime.ts) and keeps among the core's settings, each change as control events, so
// that a restart and a replay have them as well. What the core keeps is read while workers run: a regime may be one bar
// older than the next event. Main thread only; times are engine clock, microseconds.
import * as layout from "../../assembly/layout.ts";
import { REGIME_GROUPS, SETTING_REGIMES } from "../../assembly/regimes.ts";
import { type AssetType, ASSET_TYPES, assetTypeCode } from "../domain/asset-type.ts";
import type { Regime } from "../domain/regime.ts";
import type { EpochUs } from "../domain/units.ts";
import type { Compute } from "./compute.ts";
import type { Names } from "./ingest/ingest.ts";
import type { Instances } from "./instances.ts";
import { REGIME_WORDS, type RegimeState } from "./rings/state-reader.ts";

export interface SymbolRegimeState extends RegimeState {
  readonly symbol: string;
  readonly asset: AssetType;
  /** Bars of the detector since its last sample. */
  readonly quietBars: number;
}
export interface GroupRegimeState {
  readonly regime: Regime;
  readonly since: EpochUs;
}
/** An asset class, or "" for the market. */
export type RegimeGroup = AssetType | "";

export interface RegimesParts {
  readonly compute: Compute;
  readonly instances: Instances;
  readonly symbols: Pick<Names, "count" | "idOf" | "nameOf" | "assetTypeOf">;
  readonly now: () => EpochUs;
  readonly closed: () => boolean;
}

const DEFAULT_BAR_MS = 60_000;
const UNKNOWN: RegimeState = { regime: "unknown", probability: 0, since: 0, side: 0 };
const GROUPS: readonly RegimeGroup[] = ["", ...ASSET_TYPES];

export class Regimes {
  private readonly parts: RegimesParts;

  constructor(parts: RegimesParts) {
    this.parts = parts;
  }

  /** The engine clock. */
  get clock(): EpochUs {
    return this.parts.compute.plane.writer.clock;
  }

  of(symbol: string): RegimeState {
    const id = this.parts.symbols.idOf(symbol);
    return id === undefined ? UNKNOWN : this.parts.compute.state.regime(id);
  }

  /** Those of every symbol but the demo feed's. */
  all(): readonly SymbolRegimeState[] {
    const { symbols, compute } = this.parts;
    const found: SymbolRegimeState[] = [];
    const barUs = (this.parts.instances.byId(layout.REGIME_SHIFT_DETECTOR)?.barMs ?? DEFAULT_BAR_MS) * 1000;
    for (let id = 0; id < symbols.count; id++) {
      if (compute.state.isDemo(id)) continue;
      const quietBars = Math.max(0, this.clock - compute.state.heardAt(id)) / barUs;
      const named = { symbol: symbols.nameOf(id), asset: symbols.assetTypeOf(id), quietBars };
      found.push({ ...named, ...compute.state.regime(id) });
    }
    return found;
  }

  /** Symbols of each regime, without the demo feed's. */
  counts(): Readonly<Record<Regime, number>> {
    const { symbols, compute } = this.parts;
    const found = { trending: 0, ranging: 0, volatile: 0, calm: 0, unknown: 0 };
    for (let id = 0; id < symbols.count; id++) if (!compute.state.isDemo(id)) found[compute.state.regime(id).regime]++;
    return found;
  }

  /** In force; `unknown` since 0 until somebody brought one. */
  groups(): ReadonlyMap<RegimeGroup, GroupRegimeState> {
    const { state } = this.parts.compute;
    return new Map(
      GROUPS.map((group) => {
        const place = placeOf(group);
        return [group, { regime: REGIME_WORDS[state.setting(place)] ?? "unknown", since: state.setting(place + 1) }];
      }),
    );
  }

  /** All of them, or nothing and false when the event ring has no room. */
  bring(groups: ReadonlyMap<RegimeGroup, GroupRegimeState>): boolean {
    const { compute, instances, now, closed } = this.parts;
    const { ring, writer } = compute.plane;
    if (closed() || ring.free() <= 2 * REGIME_GROUPS) return false;
    writer.stamp(now());
    for (const [group, { regime, since }] of groups) {
      const place = placeOf(group);
      instances.set(place, Math.max(0, REGIME_WORDS.indexOf(regime)));
      instances.set(place + 1, since);
    }
    ring.publish();
    return true;
  }

  /** Log closes of the samples that the detector reads, oldest first, of symbols that have at least `least` of them. */
  lnCloses(most: number, least: number): readonly (readonly number[])[] {
    const { state } = this.parts.compute;
    const barMs = this.parts.instances.byId(layout.REGIME_SHIFT_DETECTOR)?.barMs;
    const found: (readonly number[])[] = [];
    if (barMs === undefined) return found;
    for (const series of state.series(barMs, least)) {
      if (found.length === most) break;
      if (state.isDemo(series.symbol)) continue;
      const closes = state.lnCloses(series.index);
      if (closes.length >= least) found.push(closes);
    }
    return found;
  }
}

/** The setting of its regime; the next one is since when. */
function placeOf(group: RegimeGroup): number {
  return SETTING_REGIMES + 2 * (group === "" ? 0 : assetTypeCode(group));
}
