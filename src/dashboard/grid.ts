// What somebody wants to vary in a sweep, as the grid that the engine takes. Pure.

export interface Varied {
  /** Empty: nothing is varied here. */
  readonly name: string;
  /** Numbers with commas or blanks between them. */
  readonly values: string;
}

export type Grid = Readonly<Record<string, readonly number[]>>;

/** Of the engine. */
const SETS_MAX = 1_000;

/** The grid, or what is missing or wrong in a sentence. */
export function gridOf(varied: readonly Varied[]): Grid | string {
  const named = varied.filter(({ name }) => name !== "");
  if (named.length === 0) return "Choose a parameter to vary.";
  if (new Set(named.map(({ name }) => name)).size < named.length) return "Each parameter varies once.";
  const grid: Record<string, readonly number[]> = {};
  for (const { name, values } of named) {
    const texts = values.split(/[\s,]+/).filter((text) => text !== "");
    const numbers = [...new Set(texts.map(Number))];
    const odd = texts.find((text) => !Number.isFinite(Number(text)));
    if (odd !== undefined) return `“${odd}” is no number.`;
    if (numbers.length < 2) return `${name} needs two values or more.`;
    grid[name] = numbers;
  }
  const sets = Object.values(grid).reduce((all, { length }) => all * length, 1);
  return sets > SETS_MAX ? `${sets} sets are more than ${SETS_MAX}; take fewer values.` : grid;
}
