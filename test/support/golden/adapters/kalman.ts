// A regression whose coefficients wander: Kalman filter over a pair.
import { number, type Adapter, type Question } from "../adapter.ts";
import { pairOf } from "./pairs.ts";

const STATE = 14; // f64 of a filter: 7 columns, two lanes apart
const OUT = 4; //    f64 of a row: beta, alpha, innovation and its variance

function kalman(question: Question): unknown {
  const { engine, golden } = question;
  const { core, arena } = engine;
  const { y, x, count } = pairOf(question);
  const out = arena.take(OUT * count);
  core.kalmanColumn(y, x, count, Number(golden.params["q"]), Number(golden.params["r"]), arena.take(STATE), out);
  const [beta, alpha, innovation, innovation_var] = [0, 1, 2, 3].map((column) =>
    Array.from({ length: count }, (_, row) => arena.at(out + 8 * (OUT * row + column))),
  );
  return { alpha, beta, innovation, innovation_var };
}

export const kalmanFilters: readonly Adapter[] = [
  { call: /^KalmanFilter: y=alpha\+beta\*x\+e, random-walk state/, params: { q: number, r: number }, answer: kalman },
];
