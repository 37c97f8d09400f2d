// What kernels ask of an instrument beyond its stored fields (reference.ts).
import * as reference from "./reference";
import { instrument } from "./plan";

/** Share of the price that counts as one tick where the instrument's own is not known. */
const TICK_SHARE: f64 = 1e-6;

/** Smallest price step, in price units; never 0 for a positive price. */
export function tickSize(symbol: u32, price: f64): f64 {
  const known = instrument(symbol, reference.INSTRUMENT_TICK);
  return known > 0 ? known : TICK_SHARE * price;
}
/** Fee of a fill that takes liquidity, as a share of its value. */
export function takerFee(symbol: u32): f64 {
  return instrument(symbol, reference.INSTRUMENT_TAKER_BPS) * 1e-4;
}
