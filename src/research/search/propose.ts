// Which values are tried next. A proposal follows from the seed, its number and the results of earlier batches, and from
// nothing else: the order in which trials of a batch finish, and a restart in between, change nothing.
//   random   every trial a point of its own, uniform over the unit cube
//   tpe      a tree-structured Parzen estimator: the finished trials are parted into the better ones (their square root) and the others;
//            candidates are drawn around the better ones, and the one is taken that is likeliest among the better as
//            against the others. Kernels are rational, (1 + d^2 / h^2)^-2, and draws sums of uniforms, so that no
//            library function decides. After Bergstra et al. (2011).
import { Random } from "../../domain/random.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import { keyOf, type Space, spaceFault, type Values, valuesAt } from "./space.ts";

export interface Scored {
  readonly point: readonly number[];
  readonly score: number;
}

const CANDIDATES = 24;
const DRAWS_MAX = 200;
const WIDTHS_MAX = 100;
/** Makes the area below (1 + d^2)^-2 one. */
const HILL = 2 / Math.PI;

/** A generator for one trial of one search. */
export function randomOf(seed: number, number: number): Random {
  return new Random(Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(number + 1, 0xc2b2ae35));
}

export interface Proposal {
  readonly point: readonly number[];
  readonly values: Values;
}

/** A point whose values were not tried before; null when none was found, because there are few left. */
export function proposeRandom(space: Space, random: Random, tried: ReadonlySet<string>): Proposal | null {
  return untried(space, tried, () => space.map(() => random.next()));
}

/** Different sets drawn at random; fewer when there are not so many. */
export function randomSetsOf(space: Space, seed: number, count: number): Result<readonly Values[], string> {
  const fault = spaceFault(space);
  if (fault !== null) return failed(fault);
  const tried = new Set<string>();
  const sets: Values[] = [];
  for (let number = 0; number < count; number++) {
    const proposal = proposeRandom(space, randomOf(seed, number), tried);
    if (proposal === null) break;
    tried.add(keyOf(proposal.values));
    sets.push(proposal.values);
  }
  return ok(sets);
}

export function proposeByEstimate(
  space: Space,
  random: Random,
  tried: ReadonlySet<string>,
  finished: readonly Scored[],
): Proposal | null {
  const order = [...finished].sort((a, b) => b.score - a.score);
  const count = Math.max(2, Math.ceil(Math.sqrt(order.length)));
  const [better, others] = [order.slice(0, count), order.slice(count)];
  if (others.length === 0) return proposeRandom(space, random, tried);
  return untried(space, tried, () => space.map((_, axis) => drawAlong(axis, random, better, others)));
}

function untried(space: Space, tried: ReadonlySet<string>, draw: () => readonly number[]): Proposal | null {
  for (let attempt = 0; attempt < DRAWS_MAX; attempt++) {
    const point = draw();
    const values = valuesAt(space, point);
    if (!tried.has(keyOf(values))) return { point, values };
  }
  return null;
}

/** One coordinate: the best of some candidates drawn around the better trials. */
function drawAlong(axis: number, random: Random, better: readonly Scored[], others: readonly Scored[]): number {
  const good = hillsOf(better, axis);
  const bad = hillsOf(others, axis);
  let best = 0;
  let bestRatio = -1;
  for (let candidate = 0; candidate < CANDIDATES; candidate++) {
    const hill = good[random.integer(good.length + 1)];
    // One draw in good.length + 1 looks anywhere, so that no corner is given up.
    const drawn = hill === undefined ? random.next() : reflected(hill.centre + hill.width * random.normal());
    const ratio = density(good, drawn) / density(bad, drawn);
    if (ratio > bestRatio) {
      best = drawn;
      bestRatio = ratio;
    }
  }
  return best;
}

interface Hill {
  readonly centre: number;
  readonly width: number;
}
/** One hill per trial, as wide as it is far to its neighbours: wide where little is known. */
function hillsOf(trials: readonly Scored[], axis: number): readonly Hill[] {
  const centres = Float64Array.from(trials, ({ point }) => point[axis] ?? 0).sort();
  const narrowest = 1 / Math.min(WIDTHS_MAX, 1 + centres.length);
  return [...centres].map((centre, place) => {
    const left = centre - (centres[place - 1] ?? 0);
    const right = (centres[place + 1] ?? 1) - centre;
    return { centre, width: Math.max(left, right, narrowest) };
  });
}
/** Of the hills and of one flat hill over everything. */
function density(hills: readonly Hill[], at: number): number {
  let sum = 1;
  for (const { centre, width } of hills) {
    const distance = (at - centre) / width;
    const near = 1 + distance * distance;
    sum += HILL / (near * near * width);
  }
  return sum / (hills.length + 1);
}
/** Back into [0, 1) at the borders. */
function reflected(x: number): number {
  const inside = x < 0 ? -x : x >= 1 ? 2 - x : x;
  return Math.min(Math.max(inside, 0), 1 - 2 ** -40);
}
