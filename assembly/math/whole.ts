// A whole number that is kept as f64 (ids, links and counts in columns are), without the checks of a conversion that has
// to refuse fractions and infinities: adding 1.5 * 2^52 leaves it in the low bits, in two's complement.
// Valid for -2^31 <= x < 2^32; the low 32 bits also where |x| < 2^51. Fractions are rounded, to even where in the middle.
const SHIFTED: f64 = 6755399441055744.0;

export function whole(x: f64): u32 {
  return u32(reinterpret<u64>(x + SHIFTED));
}
