// The gates of performance_validation: what a strategy's figures have to be, by the class of the strategy. A figure that
// could not be measured passes no gate. Pure.
import { FAMILIES, type Family } from "../../domain/strategies.ts";

export const GATE_NAMES = ["sharpe_ratio", "max_drawdown", "win_rate", "alpha"] as const;
export type GateName = (typeof GATE_NAMES)[number];

export interface Gate {
  readonly name: GateName;
  readonly passes: "at_least" | "above";
  readonly threshold: number;
}
export interface GateAnswer extends Gate {
  readonly value: number | null;
  readonly passed: boolean;
}
export type Profile = "default" | Family;

type Thresholds = Readonly<Record<GateName, number>>;

const DEFAULT: Thresholds = { sharpe_ratio: 1, max_drawdown: -0.15, win_rate: 0.55, alpha: 0 };
/** Classes differ where their trade does: who follows trends loses often and little, who makes markets wins often and little. */
const PROFILES: Readonly<Record<Profile, Thresholds>> = {
  default: DEFAULT,
  arbitrage: { ...DEFAULT, max_drawdown: -0.1 },
  statistical: DEFAULT,
  trend_following: { ...DEFAULT, max_drawdown: -0.2, win_rate: 0.3 },
  market_making: { ...DEFAULT, max_drawdown: -0.1 },
  news_driven: { ...DEFAULT, win_rate: 0.45 },
  htf: { ...DEFAULT, max_drawdown: -0.2, win_rate: 0.4 },
};

/** `named`: parameters.strategy_class, or the family of one of the engine's own. */
export function profileOf(named: unknown): Profile {
  return FAMILIES.find((family) => family === named) ?? "default";
}

export function gatesOf(profile: Profile): readonly Gate[] {
  const thresholds = PROFILES[profile];
  return GATE_NAMES.map((name) => ({
    name,
    passes: name === "alpha" ? "above" : "at_least",
    threshold: thresholds[name],
  }));
}

export function answer(gate: Gate, value: number | null): GateAnswer {
  const known = value !== null && Number.isFinite(value);
  const passed = known && (gate.passes === "above" ? value > gate.threshold : value >= gate.threshold);
  return { ...gate, value: known ? value : null, passed };
}

/** For people: what was found and what is asked. */
export function sentenceOf({ name, passes, threshold, value }: GateAnswer): string {
  const found = value === null ? "could not be measured" : `is ${Number(value.toFixed(4))}`;
  return `${name} ${found}, it must be ${passes === "above" ? "above" : "at least"} ${threshold}`;
}
