// Which strategies earn, in which regime, and how much of the capital each should have: the door of selection. Every closed
// outcome is a round of a bandit that sees what all arms came to: its strategy earned the outcome's net return, all others
// nothing, cash nothing. There is one bandit and one set of proofs for each regime at entry, and one for all of them
// together (`all`). A regime's own are asked once they have enough outcomes, before that those of `all`.
// How shares are made: selection/prod.ts, with the proof of its bound. What counts as proof: selection/evidence.ts.
// Bounded: STRATEGIES_MAX arms; outcomes of further strategies are counted and left out. Deterministic, any thread.
import { type Regime, REGIMES } from "../domain/regime.ts";
import type { Outcome } from "./outcome.ts";
import { atMost, type Bounds } from "./selection/capital.ts";
import { type Estimate, Evidence, type EvidenceState } from "./selection/evidence.ts";
import { Prod, type ProdState } from "./selection/prod.ts";

export type { Estimate } from "./selection/evidence.ts";
export { Prod, regretBound } from "./selection/prod.ts";

export type Basis = Regime | "all";
const BASES: readonly Basis[] = [...REGIMES, "all"];

export const STRATEGIES_MAX = 256;
/** Net returns beyond it, up or down, count as much as it does for shares (not for proofs). */
const PAYOFF_SCALE = 0.03;
/** The chance that a market of pure noise, all strategies and regimes together, ever has anything proven. */
const FALSE_PROOFS = 0.04;
/** Proofs are asked for as if there were at least so many strategies: those of the catalogue. */
const STRATEGIES_MIN = 18;

export interface SelectionSettings {
  /** Outcomes of a strategy, those that overlap being one, below which nothing is proven and its weight is left alone. */
  readonly samplesMin: number;
  /** Outcomes of a regime, all strategies together, below which shares come from all regimes. */
  readonly roundsMin: number;
  /** Weights of instances, in units of an equal share. */
  readonly weightMin: number;
  readonly weightMax: number;
  readonly weightStep: number;
}
export const SELECTION_DEFAULTS: SelectionSettings = {
  samplesMin: 30,
  roundsMin: 200,
  weightMin: 0.25,
  weightMax: 2,
  weightStep: 0.1,
};

/** A strategy with proof that it earns. */
export interface Optimal {
  readonly strategy: string;
  readonly basis: Basis;
  readonly estimate: Estimate;
}
export interface Share {
  readonly strategy: string;
  readonly share: number;
  readonly samples: number;
}
export interface Shares {
  readonly basis: Basis;
  readonly rounds: number;
  readonly cash: number;
  /** In the order in which they were first heard of. */
  readonly strategies: readonly Share[];
}

export interface SelectionState {
  readonly strategies: readonly string[];
  readonly leftOut: number;
  readonly tables: Readonly<Record<string, TableState>>;
}
interface TableState {
  readonly bandit: ProdState;
  readonly evidence: readonly EvidenceState[];
}
interface Table {
  readonly bandit: Prod;
  /** By strategy. */
  readonly evidence: Evidence[];
}

export class Selection {
  private readonly settings: SelectionSettings;
  private readonly places = new Map<string, number>();
  private readonly tables: ReadonlyMap<Basis, Table>;
  /** Of the outcome of the moment, by arm: half where nobody says anything. */
  private readonly payoffs: number[] = [];
  /** Outcomes of strategies for which there was no place. */
  leftOut: number;

  constructor(
    strategies: readonly string[] = [],
    settings: SelectionSettings = SELECTION_DEFAULTS,
    state: SelectionState | null = null,
  ) {
    this.settings = settings;
    this.leftOut = state?.leftOut ?? 0;
    for (const strategy of state?.strategies ?? []) this.places.set(strategy, this.places.size);
    this.tables = new Map(BASES.map((basis) => [basis, tableOf(state?.tables[basis])]));
    for (const strategy of strategies) this.place(strategy);
  }

  get strategies(): readonly string[] {
    return [...this.places.keys()];
  }

  take(outcome: Pick<Outcome, "strategy" | "net" | "regime" | "openedAt" | "closedAt">): void {
    const { strategy, net, regime } = outcome;
    if (!Number.isFinite(net)) return;
    const place = this.place(strategy);
    if (place === null) {
      this.leftOut++;
      return;
    }
    const asked = (Math.max(STRATEGIES_MIN, this.places.size) * BASES.length) / FALSE_PROOFS;
    for (const basis of [regime, "all"] as const) {
      const table = this.tables.get(basis);
      if (table === undefined) continue;
      const { payoffs } = this;
      while (payoffs.length < table.bandit.arms) payoffs.push(0.5);
      payoffs[place + 1] = payoffOf(net);
      table.bandit.round(payoffs);
      payoffs[place + 1] = 0.5;
      table.evidence[place]?.take(outcome, asked, this.settings.samplesMin);
    }
  }

  estimate(strategy: string, basis: Basis): Estimate | null {
    return this.tables.get(basis)?.evidence[this.places.get(strategy) ?? -1]?.estimate() ?? null;
  }

  /** Those with proof, the highest lower end of the interval first; none while there is no proof. */
  optimal(regime: Regime): readonly Optimal[] {
    const [own, all] = [this.tables.get(regime), this.tables.get("all")];
    const found = this.strategies.flatMap((strategy, place): Optimal[] => {
      const [here, anywhere] = [own?.evidence[place], all?.evidence[place]];
      if (here?.proven === true) return [{ strategy, basis: regime, estimate: here.estimate() }];
      if (anywhere?.proven !== true || here === undefined) return [];
      // What is proven over all regimes says nothing of one in which the strategy is known to do badly.
      const { samples, mean } = here.estimate();
      const against = samples >= this.settings.samplesMin && mean <= 0;
      return against ? [] : [{ strategy, basis: "all", estimate: anywhere.estimate() }];
    });
    return found.toSorted((a, b) => b.estimate.low - a.estimate.low || (a.strategy < b.strategy ? -1 : 1));
  }

  shares(regime: Regime): Shares {
    const own = this.tables.get(regime);
    const basis = (own?.bandit.rounds ?? 0) >= this.settings.roundsMin ? regime : "all";
    const table = this.tables.get(basis);
    const [cash = 1, ...rest] = table?.bandit.shares() ?? [];
    return {
      basis,
      rounds: table?.bandit.rounds ?? 0,
      cash,
      strategies: this.strategies.map((strategy, place) => {
        const samples = table?.evidence[place]?.state().count ?? 0;
        return { strategy, share: rest[place] ?? 0, samples };
      }),
    };
  }

  /**
   * Weights of the strategies for the next step, given those of now (1 where none is named): 1 is an equal share of all
   * strategies and cash. What a cap or a missing proof leaves over stays cash and goes to nobody who has not earned it; the
   * weights never add up to more than their number.
   */
  weights(regime: Regime, now: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
    const { samplesMin, weightMin, weightMax, weightStep } = this.settings;
    const proven = new Set(this.optimal(regime).map(({ strategy }) => strategy));
    const { strategies } = this.shares(regime);
    const wanted = strategies.map(({ share }) => share * (strategies.length + 1));
    const bounds = strategies.map(({ strategy, samples }): Bounds => {
      const before = Math.min(weightMax, Math.max(weightMin, now.get(strategy) ?? 1));
      const step = samples < samplesMin ? 0 : weightStep;
      const low = Math.max(weightMin, before - step);
      // What is not proven, or not any more, does not get more than an equal share.
      const most = proven.has(strategy) ? weightMax : Math.max(1, low);
      return { low, high: Math.min(most, before + step) };
    });
    const found = atMost(wanted, bounds, strategies.length);
    return new Map(strategies.map(({ strategy }, place) => [strategy, found[place] ?? 1]));
  }

  /** Plain data; `new Selection([], settings, state)` goes on where this one stands, to the bit. */
  state(): SelectionState {
    const tables = [...this.tables].map(([basis, { bandit, evidence }]) => {
      return [basis, { bandit: bandit.state(), evidence: evidence.map((each) => each.state()) }] as const;
    });
    return { strategies: this.strategies, leftOut: this.leftOut, tables: Object.fromEntries(tables) };
  }

  private place(strategy: string): number | null {
    const known = this.places.get(strategy);
    if (known !== undefined) return known;
    if (this.places.size >= STRATEGIES_MAX) return null;
    const place = this.places.size;
    this.places.set(strategy, place);
    for (const { bandit, evidence } of this.tables.values()) {
      bandit.join();
      evidence.push(new Evidence());
    }
    return place;
  }
}

/** 0..1; nothing earned is one half. */
export function payoffOf(net: number): number {
  return 0.5 + Math.min(PAYOFF_SCALE, Math.max(-PAYOFF_SCALE, net)) / (2 * PAYOFF_SCALE);
}

/** The first arm is cash. */
function tableOf(state: TableState | undefined): Table {
  return {
    bandit: new Prod(1, state?.bandit ?? null),
    evidence: state?.evidence.map((each) => new Evidence(each)) ?? [],
  };
}
