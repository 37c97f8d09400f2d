// Which of two prices moves first, by correlations on a grid. The peer reads the receiver's clock in whole milliseconds
// (cut off, not rounded), so a quote up to a millisecond after a grid point counts at it; GoldenData keeps times that way.
import { count, type Adapter, type Question } from "../adapter.ts";
import { fileName, steps } from "../data.ts";
import { momentsOf } from "../moments.ts";

interface Path {
  readonly times: readonly number[];
  readonly mids: readonly number[];
}
function pathOf({ data, golden }: Question, name: string): Path {
  const file = fileName(golden.input[name]);
  const ask = data.column(file, "ask");
  const mids = data.column(file, "bid").map((bid, row) => (bid + (ask[row] ?? Number.NaN)) / 2);
  return { times: data.column(file, "timestamp_ms"), mids };
}

function leadLag(question: Question): unknown {
  const { engine, golden } = question;
  const { core, arena } = engine;
  const [step, most] = [Number(golden.params["step_ms"]), Number(golden.params["maxlag"])];
  const [spot, perp] = [pathOf(question, "spot"), pathOf(question, "perp")];
  const both = [spot, perp].map(({ times }) => times);
  const from = step * Math.ceil(Math.max(...both.map((times) => times[0] ?? Number.NaN)) / step);
  const n_grid = Math.floor((Math.min(...both.map((times) => times.at(-1) ?? Number.NaN)) - from) / step) + 1;
  const [spots = [], perps = []] = [spot, perp].map(({ times, mids }) => {
    const out = arena.take(n_grid);
    core.sampleGrid(arena.put(times), arena.put(mids), times.length, from, step, n_grid, out);
    return arena.read(out, n_grid);
  });
  const moves = (mids: readonly number[]): number => arena.put(steps(mids.map(Math.log)));
  const out = arena.take(2 * most + 1);
  const best = core.gridCorrelations(moves(perps), moves(spots), n_grid - 1, most, out);
  const rows = arena.read(out, 2 * most + 1).map((correlation, place) => [place - most, correlation]);
  const basis = momentsOf(
    engine,
    spots.map((mid, place) => 1e4 * ((perps[place] ?? Number.NaN) / mid - 1)),
  );
  const [best_k, best_corr] = rows[best] ?? [];
  const names = { basis_mean_bp: basis.mean, basis_std_bp: basis.deviation };
  return { n_grid, first_grid_ms: from, rows, best_k, best_corr, ...names };
}

export const leadLags: readonly Adapter[] = [
  { call: /^last mid at or before each \d+ ms grid point/, params: { step_ms: count, maxlag: count }, answer: leadLag },
];
