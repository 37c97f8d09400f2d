// All ways to choose k of n things, in lexicographic order; n at most 30, so that a choice is also a bit mask.

export function choose(n: number, k: number): number {
  let ways = 1;
  for (let index = 1; index <= k; index++) ways = (ways * (n - k + index)) / index;
  return Math.round(ways);
}

export function* combinations(n: number, k: number): Generator<readonly number[]> {
  const chosen = Array.from({ length: k }, (_, index) => index);
  for (;;) {
    yield [...chosen];
    let place = k - 1;
    while (place >= 0 && chosen[place] === n - k + place) place--;
    if (place < 0) return;
    chosen[place] = (chosen[place] ?? 0) + 1;
    for (let index = place + 1; index < k; index++) chosen[index] = (chosen[index - 1] ?? 0) + 1;
  }
}
