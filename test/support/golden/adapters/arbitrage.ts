// Edges at the touch: three currency pairs in a circle, and one instrument on two venues; joined on their times, rows
// with blanks left out.
import type { Adapter, Question } from "../adapter.ts";
import { fileName } from "../data.ts";
import { momentsOf } from "../moments.ts";

interface Touch {
  readonly bid: number;
  readonly ask: number;
}

/** Times that all have, and the touches of each at these times; daily files carry theirs as closes. */
function joined({ data, golden }: Question, names: readonly string[], ending = ""): [number[], Touch[][]] {
  const tables = names.map((name) => {
    const file = fileName(golden.input[name]);
    const [bids, asks] = [data.column(file, `bid${ending}`), data.column(file, `ask${ending}`)];
    const rows = data.column(file, "timestamp_ms").map((time, row): [number, Touch] => {
      return [time, { bid: bids[row] ?? Number.NaN, ask: asks[row] ?? Number.NaN }];
    });
    return new Map(rows.filter(([, { bid, ask }]) => Number.isFinite(bid) && Number.isFinite(ask)));
  });
  const [first = new Map<number, Touch>(), ...others] = tables;
  const times = [...first.keys()].filter((time) => others.every((table) => table.has(time)));
  return [times, tables.map((table) => times.flatMap((time) => table.get(time) ?? []))];
}

/** Buys (-1) or sells (1) each leg in turn. */
type Legs = readonly (readonly [touch: Touch | undefined, direction: number])[];
function edge({ engine }: Question, legs: Legs): number {
  const [a, b, c] = legs.map(([touch, direction]) => [touch?.bid ?? Number.NaN, touch?.ask ?? Number.NaN, direction]);
  const [bid0 = 0, ask0 = 0, direction0 = 0] = a ?? [];
  const [bid1 = 0, ask1 = 0, direction1 = 0] = b ?? [];
  const [bid2 = 0, ask2 = 0, direction2 = 0] = c ?? [];
  return engine.core.cycleEdge(bid0, ask0, direction0, bid1, ask1, direction1, bid2, ask2, direction2);
}

function above(edges: readonly number[], limit: number): number {
  return edges.filter((value) => value > limit).length;
}

function minutes(question: Question): unknown {
  const [times, [btcusd = [], btceur = [], eurusd = []]] = joined(question, ["btcusd", "btceur", "eurusd"]);
  const table = (edges: readonly number[]): unknown => {
    const max = Math.max(...edges);
    return {
      n: edges.length,
      mean: momentsOf(question.engine, edges).mean,
      max,
      min: Math.min(...edges),
      count_gt_0: above(edges, 0),
      count_gt_10bp: above(edges, 0.001),
      count_gt_50bp: above(edges, 0.005),
      argmax_ts: times[edges.indexOf(max)],
      sample: edges,
    };
  };
  const around = (directions: readonly [number, number, number]): number[] =>
    times.map((_, row) =>
      edge(question, [
        [btcusd[row], directions[0]],
        [btceur[row], directions[1]],
        [eurusd[row], directions[2]],
      ]),
    );
  return { usd_btc_eur_usd: table(around([-1, 1, 1])), usd_eur_btc_usd: table(around([1, -1, -1])) };
}

function days(question: Question): unknown {
  const [times, [eurusd = [], gbpusd = [], eurgbp = []]] = joined(question, ["eurusd", "gbpusd", "eurgbp"], "_close");
  const around = (euro: number): number[] =>
    times.map((_, row) =>
      edge(question, [
        [eurusd[row], euro],
        [gbpusd[row], -euro],
        [eurgbp[row], -euro],
      ]),
    );
  const [x, y] = [around(1), around(-1)];
  return { n: times.length, x, y, x_gt_0: above(x, 0), y_gt_0: above(y, 0) };
}

function venues(question: Question): unknown {
  const [times, [a = [], b = []]] = joined(question, ["a", "b"]);
  const across = (from: readonly Touch[], to: readonly Touch[]): number[] =>
    from.map(({ ask }, row) => question.engine.core.venueEdge(to[row]?.bid ?? Number.NaN, ask));
  const [x, y] = [across(a, b), across(b, a)];
  const mid = ({ bid, ask }: Touch): number => (bid + ask) / 2;
  const basis = momentsOf(
    question.engine,
    a.map((touch, row) => mid(touch) / mid(b[row] ?? touch) - 1),
  );
  return {
    n: times.length,
    x_max: Math.max(...x),
    y_max: Math.max(...y),
    x_gt_0: above(x, 0),
    y_gt_0: above(y, 0),
    basis_mean: basis.mean,
    basis_std: basis.deviation,
    x,
    y,
  };
}

export const arbitrage: readonly Adapter[] = [
  { call: /^edge = product of the three legs at the touch/, params: {}, answer: minutes },
  { call: /^x = EURUSD bid\//, params: {}, answer: days },
  { call: /^x = bid_b\/ask_a-1/, params: {}, answer: venues },
];
