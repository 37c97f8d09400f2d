// By which a row of the board is found: two hashes of the name, 32 bits each. Two names with the same 64 bits would share
// their limits; among all rows of a full board that is one chance in tens of thousands of millions.
/** Two hashes of 32 bits (FNV-1a, forwards and backwards), not both 0. */
export function keyOf(name: string): readonly [low: number, high: number] {
  let low = 0x811c9dc5;
  let high = 0x9e3779b9;
  for (let index = 0; index < name.length; index++) {
    low = Math.imul(low ^ name.charCodeAt(index), 0x01000193);
    high = Math.imul(high ^ name.charCodeAt(name.length - 1 - index), 0x85ebca6b);
  }
  return [low | 1, high];
}
