// The rules of a composition: each strategy speaks where it earns, what is held is left when neither holds it any more, and
// stop and longest time are those that nearly all outcomes stayed within.
import type { Regime } from "../../domain/regime.ts";
import type { Outcome } from "../outcome.ts";

/** Share of the outcomes that stop and time leave alone. */
const WITHIN = 0.95;
const STOP_LEAST = 0.002;
const STOP_MOST = 0.5;
const MINUTE_US = 60e6;

interface Part {
  readonly strategy: string;
  readonly regimes: readonly Regime[];
}

export function composedText(parts: readonly Part[], outcomes: readonly Outcome[], short: boolean): string {
  const holds = (side: "long" | "short"): string => parts.map(({ strategy }) => `${strategy}.${side}`).join(" or ");
  const over = [
    `position == long and not (${holds("long")})`,
    ...(short ? [`position == short and not (${holds("short")})`] : []),
  ];
  const losses = outcomes.filter(({ net }) => net < 0).map(({ net }) => -net);
  const stop = Math.min(STOP_MOST, Math.max(STOP_LEAST, within(losses)));
  const minutes = Math.ceil(within(outcomes.map(({ openedAt, closedAt }) => closedAt - openedAt)) / MINUTE_US);
  return [
    `# ${parts.map(({ strategy, regimes }) => `${strategy} where ${regimes.join(" or ")}`).join("; ")}`,
    `exit when ${over.join(" or ")} or held > ${Math.max(1, minutes)} m;`,
    ...parts.map(({ strategy, regimes }) => `buy when ${strategy}.buy and ${somewhere(regimes)};`),
    ...parts.map(({ strategy, regimes }) => `sell when ${strategy}.sell and ${somewhere(regimes)};`),
    `stop ${Number((100 * stop).toFixed(2))} %;`,
    "",
  ].join("\n");
}

function somewhere(regimes: readonly Regime[]): string {
  const words = regimes.map((regime) => `regime == ${regime}`).join(" or ");
  return regimes.length === 1 ? words : `(${words})`;
}

function within(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(WITHIN * sorted.length))] ?? 0;
}
