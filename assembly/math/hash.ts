// 64-bit mixing for state and signal hashes (not for security): xor, multiply by an odd constant, rotate.
export function mix(hash: u64, word: u64): u64 {
  const x = (hash ^ word) * 0x9e3779b97f4a7c15;
  return rotl(x, 29) * 0xbf58476d1ce4e5b9;
}
/** Hash of a range whose length is a multiple of 8. */
export function hashWords(address: usize, bytes: usize, seed: u64): u64 {
  let hash = seed;
  for (let offset: usize = 0; offset < bytes; offset += 8) hash = mix(hash, load<u64>(address + offset));
  return hash;
}
