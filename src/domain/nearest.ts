// The known name that somebody who wrote another one most likely meant.

/** By the fewest letters added, removed, changed or swapped with the next, `most` of them; null when it is farther off. */
export function nearest(
  name: string,
  known: readonly string[],
  most = Math.max(2, Math.floor(name.length / 3)),
): string | null {
  let best: string | null = null;
  let least = most + 1;
  const written = name.toUpperCase();
  for (const candidate of known) {
    // A name of another length is at least so far off.
    if (Math.abs(candidate.length - written.length) >= least) continue;
    const steps = distance(written, candidate.toUpperCase(), least - 1);
    if (steps < least) {
      least = steps;
      best = candidate;
    }
  }
  return best;
}

/** Row by row, and of each row only what may lie within `most` steps; a number above `most` where it is farther off. */
function distance(a: string, b: string, most: number): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const line = Array.from({ length: b.length + 1 }, () => Number.POSITIVE_INFINITY);
    line[0] = row;
    let closest = row;
    for (let column = Math.max(1, row - most); column <= Math.min(b.length, row + most); column += 1) {
      const change = at(above, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1);
      let least = Math.min(change, at(above, column) + 1, at(line, column - 1) + 1);
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) least = Math.min(least, at(before, column - 2) + 1);
      line[column] = least;
      closest = Math.min(closest, least);
    }
    if (closest > most) return closest;
    before = above;
    above = line;
  }
  return at(above, b.length);
}

function at(line: readonly number[], column: number): number {
  return line[column] ?? Number.POSITIVE_INFINITY;
}
