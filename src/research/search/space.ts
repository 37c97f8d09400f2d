// What a search may choose from: for each parameter a list of values, or a range with a scale and a step. A point of the
// unit cube gives one value of each; a grid gives all combinations. Values are rounded to twelve figures, so that a
// logarithm's last bit decides nothing.
import { failed, ok, type Result } from "../../domain/result.ts";

export type Values = Readonly<Record<string, number>>;

export type Dimension =
  | { readonly name: string; readonly values: readonly number[] }
  | {
      readonly name: string;
      readonly low: number;
      readonly high: number;
      readonly scale: "linear" | "log";
      readonly integer: boolean;
      /** 0: none. */
      readonly step: number;
    };
export type Space = readonly Dimension[];

const DIMENSIONS_MAX = 32;
const VALUES_MAX = 10_000;
const FIGURES = 12;

/** Why nothing can be searched here; null: it can. */
export function spaceFault(space: Space): string | null {
  if (space.length === 0) return "no parameter to search over was given; name at least one";
  if (space.length > DIMENSIONS_MAX) return `${space.length} parameters are too many; at most ${DIMENSIONS_MAX}`;
  const names = space.map(({ name }) => name);
  const twice = names.find((name, place) => names.indexOf(name) !== place);
  if (twice !== undefined) return `${twice} is given twice`;
  return space.map(dimensionFault).find((fault) => fault !== null) ?? null;
}
function dimensionFault(dimension: Dimension): string | null {
  const { name } = dimension;
  if ("values" in dimension) {
    const { values } = dimension;
    if (values.length === 0) return `${name} has no values; give at least one`;
    if (values.length > VALUES_MAX) return `${name} has ${values.length} values; at most ${VALUES_MAX}`;
    const bad = values.find((value) => !Number.isFinite(value));
    return bad === undefined ? null : `${name} has the value ${bad}; values must be finite numbers`;
  }
  const { low, high, scale, step } = dimension;
  if (!(Number.isFinite(low) && Number.isFinite(high) && low < high))
    return `${name} goes from ${low} to ${high}; the first must be below the second, and both finite`;
  if (scale === "log" && !(low > 0)) return `${name} begins at ${low}; a logarithmic range must begin above 0`;
  return step >= 0 && step <= high - low ? null : `${name} has the step ${step}; it must be from 0 to ${high - low}`;
}

/** How many combinations a grid has; Infinity where a range has neither step nor whole numbers. */
export function combinationsOf(space: Space): number {
  return space.reduce((product, dimension) => product * sizeOf(dimension), 1);
}
function sizeOf(dimension: Dimension): number {
  if ("values" in dimension) return dimension.values.length;
  const step = stepOf(dimension);
  return step > 0 ? Math.floor((dimension.high - dimension.low) / step + 1e-9) + 1 : Number.POSITIVE_INFINITY;
}
function stepOf({ step, integer }: { readonly step: number; readonly integer: boolean }): number {
  return integer ? Math.max(1, Math.round(step)) : step;
}

/** All combinations, the last parameter fastest; a refusal when there are more than `most`. */
export function gridOf(space: Space, most: number): Result<readonly Values[], string> {
  const fault = spaceFault(space);
  if (fault !== null) return failed(fault);
  const endless = space.find((dimension) => sizeOf(dimension) === Number.POSITIVE_INFINITY);
  if (endless !== undefined)
    return failed(`${endless.name} is a range without a step; give it a step, or search at random`);
  const count = combinationsOf(space);
  if (count > most)
    return failed(
      `the grid has ${count} combinations, at most ${most} are allowed: give fewer values, or search at random`,
    );
  const grid: Values[] = [];
  for (let index = 0; index < count; index++) {
    let rest = index;
    const values = [...space].reverse().map((dimension): [string, number] => {
      const size = sizeOf(dimension);
      const place = rest % size;
      rest = (rest - place) / size;
      return [dimension.name, valueAt(dimension, place)];
    });
    grid.push(Object.fromEntries(values.reverse()));
  }
  return ok(grid);
}
function valueAt(dimension: Dimension, place: number): number {
  if ("values" in dimension) return dimension.values[place] ?? Number.NaN;
  return rounded(dimension.low + place * stepOf(dimension));
}

/** The values at a point of the unit cube, one coordinate in [0, 1) per parameter. */
export function valuesAt(space: Space, point: readonly number[]): Values {
  return Object.fromEntries(space.map((dimension, place) => [dimension.name, valueFrom(dimension, point[place] ?? 0)]));
}
function valueFrom(dimension: Dimension, share: number): number {
  const inside = Math.min(Math.max(share, 0), 1 - 2 ** -40);
  const size = sizeOf(dimension);
  if ("values" in dimension) return valueAt(dimension, Math.floor(inside * size));
  const { low, high, scale, integer, step } = dimension;
  if (scale === "linear" && Number.isFinite(size)) return valueAt(dimension, Math.floor(inside * size));
  const along = scale === "log" ? low * Math.exp(inside * Math.log(high / low)) : low + inside * (high - low);
  const stepped = step > 0 || integer ? low + Math.round((along - low) / stepOf(dimension)) * stepOf(dimension) : along;
  return rounded(Math.min(high, Math.max(low, stepped)));
}
function rounded(value: number): number {
  return Number(value.toPrecision(FIGURES));
}

/** A text that is the same for the same values. */
export function keyOf(values: Values): string {
  return Object.keys(values)
    .sort((a, b) => (a < b ? -1 : 1))
    .map((name) => `${name}=${values[name]}`)
    .join(" ");
}

/** The values that the search may take of each parameter; a range without steps moves by a tenth. */
export function gridAround(space: Space): Readonly<Record<string, readonly number[]>> {
  const values = (one: Dimension): readonly number[] => {
    if ("values" in one) return one.values;
    const stepped = Number.isFinite(sizeOf(one)) ? one : { ...one, step: (one.high - one.low) / 10 };
    return Array.from({ length: Math.min(GRID_MAX, sizeOf(stepped)) }, (_, place) => valueAt(stepped, place));
  };
  return Object.fromEntries(space.map((one) => [one.name, values(one)]));
}
const GRID_MAX = 10_000;
