// A sweep for people: the best sets as a table, two parameters as a heat map in characters, a bar while it runs.
import { columns } from "../text.ts";

export interface Row {
  readonly parameters: Readonly<Record<string, number>>;
  readonly score: number | null;
  readonly why: string | null;
  readonly figures: {
    readonly totalReturn: number;
    readonly sharpe: number | null;
    readonly maxDrawdown: number;
    readonly trades: number;
  } | null;
}

const FIGURES = 4;
const SHADES = " .:-=+*#%@";
const MAP_MAX = 40;

export function figure(value: number | null): string {
  return value === null ? "-" : String(Number(value.toPrecision(FIGURES)));
}
function percent(value: number): string {
  return `${(100 * value).toFixed(2)} %`;
}

export function bestTable(rows: readonly Row[], names: readonly string[], most: number): string {
  const head = ["#", ...names, "score", "return", "Sharpe", "drawdown", "trades", ""];
  const lines = rows
    .slice(0, most)
    .map(({ parameters, score, why, figures }, place) => [
      String(place + 1),
      ...names.map((name) => figure(parameters[name] ?? null)),
      figure(score),
      figures === null ? "-" : percent(figures.totalReturn),
      figure(figures?.sharpe ?? null),
      figures === null ? "-" : percent(figures.maxDrawdown),
      figures === null ? "-" : String(figures.trades),
      why ?? "",
    ]);
  return columns([head, ...lines]);
}

/** The best score at each pair of values of two parameters, darker is better; null when there are too many values. */
export function heatMap(rows: readonly Row[], across: string, down: string): string | null {
  const valuesOf = (name: string): readonly number[] =>
    [...new Set(rows.map(({ parameters }) => parameters[name] ?? Number.NaN))].sort((a, b) => a - b);
  const [xs, ys] = [valuesOf(across), valuesOf(down)];
  if (xs.length > MAP_MAX || ys.length > MAP_MAX || xs.length * ys.length < 4) return null;
  const best = new Map<string, number>();
  for (const { parameters, score } of rows) {
    const key = `${parameters[across]} ${parameters[down]}`;
    if (score !== null) best.set(key, Math.max(score, best.get(key) ?? Number.NEGATIVE_INFINITY));
  }
  const scores = [...best.values()];
  if (scores.length === 0) return null;
  const [low, high] = [Math.min(...scores), Math.max(...scores)];
  const shade = (score: number | undefined): string => {
    if (score === undefined) return "  ";
    const share = high > low ? (score - low) / (high - low) : 1;
    return (SHADES[Math.round(share * (SHADES.length - 1))] ?? " ").repeat(2);
  };
  const width = Math.max(...ys.map((y) => figure(y).length), down.length);
  const lines = ys.map((y) => `${figure(y).padStart(width)} |${xs.map((x) => shade(best.get(`${x} ${y}`))).join("")}|`);
  const legend = `${across} from ${figure(xs[0] ?? null)} to ${figure(xs.at(-1) ?? null)}, left to right`;
  return [
    down.padStart(width),
    ...lines,
    `${" ".repeat(width)}  ${legend}; "${SHADES.trim()}" is ${figure(low)} to ${figure(high)}`,
  ].join("\n");
}
