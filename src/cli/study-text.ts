// A walk-forward study for a terminal: windows, cross-validation, neighbours, verdict.
import type { Study } from "../research/research.ts";
import { summaryOf } from "./outcome-summary.ts";
import { columns, count, styled } from "./text.ts";

export function studyText({ outcome, verdict, walk, cross, stability, trials, prices }: Study): string {
  const head = ["WINDOW", "JUDGED", "CHOSEN", "SHARPE BEFORE", "SHARPE THEN", "RETURN THEN", "TRADES"];
  const rows = walk.steps.map(({ window, parameters, inSample, outOfSample }, index) => [
    String(index + 1),
    `${day(window.testFrom)} .. ${day(window.testTo)}`,
    Object.entries(parameters)
      .map(([name, value]) => `${name} ${value}`)
      .join(", "),
    ratio(inSample.figures.sharpe),
    ratio(outOfSample.figures.sharpe),
    `${(100 * outOfSample.figures.totalReturn).toFixed(2)} %`,
    String(outOfSample.figures.trades),
  ]);
  const crossed = cross === null ? "cross-validation: too few sets or steps" : crossText(cross);
  const around = (stability?.neighbours ?? []).map(({ parameter, value, kept }) => [
    `  ${parameter} ${value}`,
    kept === null ? "-" : `keeps ${(100 * kept).toFixed(0)} % of the score`,
  ]);
  const lines = [
    styled(
      "bold",
      `${count(trials)} sets over the whole span, ${count(walk.evaluations)} in ${walk.steps.length} windows`,
    ),
    columns([head, ...rows]),
    crossed,
    ...(around.length === 0 ? [] : ["one step from the best set:", columns(around)]),
    "",
    styled("bold", "the best set over the whole span:"),
    Object.entries(stability?.optimum ?? {})
      .map(([name, value]) => `${name} ${value}`)
      .join(", "),
    "",
    summaryOf({ outcome, prices, verdict }),
  ];
  return lines.join("\n");
}

function crossText({ splits, train, test, losing }: NonNullable<Study["cross"]>): string {
  const where = `${ratio(train)} a year where it was chosen and ${ratio(test)} where it was not`;
  const loses = `loses there in ${(100 * losing).toFixed(0)} %`;
  return `cross-validation: the best set of ${splits} splits has a Sharpe ratio of ${where}; it ${loses}`;
}

function ratio(value: number | null): string {
  return value === null || !Number.isFinite(value) ? "-" : value.toFixed(2);
}
function day(us: number): string {
  return new Date(us / 1_000).toISOString().slice(0, 10);
}
