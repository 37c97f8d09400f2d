// Hidden Markov chains for the tests: their model in the core's memory, and observations drawn from them.
import type { Arena } from "./core.ts";
import { Random } from "./random.ts";
import type { Chain } from "./twins/filters.ts";
import { at } from "./twins/regression.ts";

const MODEL_VALUES = 24;
const WIDTH = 3; // rows of the model hold three states, used or not

/** Writes means, sigmas and chain; returns the address of the model. */
export function putModel(arena: Arena, { mean, sigma, move }: Chain): number {
  const model = arena.take(MODEL_VALUES);
  const base = model / 8;
  mean.forEach((value, j) => (arena.f[base + j] = value));
  sigma.forEach((value, j) => (arena.f[base + WIDTH + j] = value));
  move.forEach((row, i) => row.forEach((value, j) => (arena.f[base + (2 + i) * WIDTH + j] = value)));
  return model;
}

export interface Drawn {
  readonly values: number[];
  readonly states: number[];
}

export function draw({ mean, sigma, move }: Chain, seed: number, length: number): Drawn {
  const random = new Random(seed);
  const drawn: Drawn = { values: [], states: [] };
  let state = 0;
  for (let t = 0; t < length; t++) {
    let left = random.next();
    let next = 0;
    while (next < mean.length - 1 && left >= at(move, state, next)) left -= at(move, state, next++);
    state = next;
    drawn.states.push(state);
    drawn.values.push((mean[state] ?? 0) + (sigma[state] ?? 1) * random.normal());
  }
  return drawn;
}

export function readModel(arena: Arena, model: number, states: number): Chain {
  const row = (place: number): number[] => arena.read(model + 8 * WIDTH * place, states);
  return { mean: row(0), sigma: row(1), move: Array.from({ length: states }, (_, i) => row(2 + i)) };
}
