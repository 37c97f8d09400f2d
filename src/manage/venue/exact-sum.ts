// Sums of decimal quantities without the dust that binary fractions leave: a number counts as the decimal that it is
// written as, to eighteen places. What is added and taken away again leaves nothing. Pure.
const PLACES = 18;
const ONE = 10n ** BigInt(PLACES);

export function exactOf(value: number): bigint {
  const [digits = "0", exponent = "0"] = value.toExponential().split("e");
  const [whole = "0", fraction = ""] = digits.replace("-", "").split(".");
  const shift = Number(exponent) - fraction.length + PLACES;
  const mantissa = BigInt(whole + fraction);
  const exact = shift >= 0 ? mantissa * 10n ** BigInt(shift) : mantissa / 10n ** BigInt(-shift);
  return value < 0 ? -exact : exact;
}

/** The nearest number. */
export function numberOf(exact: bigint): number {
  const sign = exact < 0n ? "-" : "";
  const size = exact < 0n ? -exact : exact;
  return Number(`${sign}${size / ONE}.${String(size % ONE).padStart(PLACES, "0")}`);
}
