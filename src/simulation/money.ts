// Money is counted in whole millionths of the unit of account, so that sums are exact; a JavaScript number holds whole
// numbers exactly up to 2^53, about 9.007 billion units. Whatever would pass that is refused before it is counted.
export const MILLION = 1_000_000;
/** Most capital of an account, in units: leaves room for a ninefold gain. */
export const CAPITAL_MAX = 1_000_000_000;

/** Millionths of a value in units, rounded half up; not a safe integer when it is beyond the range. */
export function millionths(value: number): number {
  return Math.round(value * MILLION);
}

export function units(millionths: number): number {
  return millionths / MILLION;
}

export function countable(millionths: number): boolean {
  return Number.isSafeInteger(millionths);
}

/** Why this cannot be the capital of an account; null when it can. */
export function capitalFault(capital: number): string | null {
  if (!Number.isFinite(capital) || capital <= 0) return `capital must be a positive finite number, not ${capital}`;
  if (capital > CAPITAL_MAX) {
    return (
      `capital ${capital} is more than an account can count to the millionth; use at most ${CAPITAL_MAX} ` +
      "and scale the result"
    );
  }
  if (millionths(capital) === 0) return `capital ${capital} is less than a millionth; use more`;
  return null;
}
