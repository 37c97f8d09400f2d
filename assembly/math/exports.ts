// The generic functions of this folder at the widths that tests and benches call from outside.
import { exp, ln } from "./ln";
export { normalCdf } from "./normal";

export function lnScalar(x: f64): f64 {
  return ln<f64>(x);
}
/** ln of two f64 at `address`, in place. */
export function lnLanes(address: usize): void {
  v128.store(address, ln<v128>(v128.load(address)));
}
export function expScalar(x: f64): f64 {
  return exp(x);
}
