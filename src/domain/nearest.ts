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
    const steps = distance(written, candidate.toUpperCase());
    if (steps < least) {
      least = steps;
      best = candidate;
    }
  }
  return best;
}

/** Row by row over the shorter prefixes; names are short. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const line = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const change = (above[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      let least = Math.min(change, (above[column] ?? 0) + 1, (line[column - 1] ?? 0) + 1);
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) least = Math.min(least, (before[column - 2] ?? 0) + 1);
      line.push(least);
    }
    before = above;
    above = line;
  }
  return above[b.length] ?? 0;
}
