// Hashes of the names of symbols: the same in every process, so that what is chosen by them stays chosen.

/** FNV-1a, 32 bits. */
export function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index++) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

/** With its bits mixed once more (the last step of MurmurHash3): names that are alike lie far apart. */
export function mixedHash(name: string): number {
  let hash = hashOf(name);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
