// Fewer, longer steps: returns of neighbouring steps are put together, so that the columns of many sets fit into memory
// and into the time that resampling has. Statistics of choice lose little by it, as they ask for the means over long parts.

const STEPS = 512;
/** Fewer than these say nothing about a choice. */
const STEPS_MIN = 64;
/** Returns of all sets together: a bound for memory. */
const RETURNS_MAX = 2e7;

/** How many steps of each of so many sets are kept; null: there are too many sets to keep enough. */
export function stepsKept(sets: number): number | null {
  const steps = Math.min(STEPS, Math.floor(RETURNS_MAX / sets));
  return steps < STEPS_MIN ? null : steps;
}

/** At most `most` returns that grow to the same end. */
export function shorter(returns: Float64Array, most: number): Float64Array {
  const together = Math.ceil(returns.length / most);
  if (together <= 1) return returns;
  const longer = new Float64Array(Math.ceil(returns.length / together));
  for (let place = 0; place < longer.length; place++) {
    let growth = 1;
    const end = Math.min(returns.length, (place + 1) * together);
    for (let index = place * together; index < end; index++) growth *= 1 + (returns[index] ?? 0);
    longer[place] = growth - 1;
  }
  return longer;
}
