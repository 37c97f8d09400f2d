// Arithmetic over one f64 or two: a kernel body written over T is instantiated for f64 (event driver) and for v128
// (cycle driver) and gives the same bits in both. A condition is a lane of all ones or all zeros (v128) or 1 or 0 (f64
// body); `select` reads it. Minimum and maximum are select-style (a < b ? b : a), never the NaN-propagating ones.
export function splat<T>(x: f64): T {
  if (isVector<T>()) return f64x2.splat(x);
  return <T>x;
}
/** Two values that may lie apart; two lanes of one block come in one load. The f64 body reads only the first. */
export function gather<T>(first: usize, second: usize): T {
  if (isVector<T>()) {
    if (second == first + 8) return v128.load(first);
    return f64x2.replace_lane(v128.load64_splat(first), 1, load<f64>(second));
  }
  return load<T>(first);
}
export function add<T>(a: T, b: T): T {
  if (isVector<T>()) return f64x2.add(a, b);
  return a + b;
}
export function sub<T>(a: T, b: T): T {
  if (isVector<T>()) return f64x2.sub(a, b);
  return a - b;
}
export function mul<T>(a: T, b: T): T {
  if (isVector<T>()) return f64x2.mul(a, b);
  return a * b;
}
export function div<T>(a: T, b: T): T {
  if (isVector<T>()) return f64x2.div(a, b);
  return a / b;
}
export function root<T>(a: T): T {
  if (isVector<T>()) return f64x2.sqrt(a);
  return <T>f64.sqrt(<f64>a);
}
export function magnitude<T>(a: T): T {
  if (isVector<T>()) return f64x2.abs(a);
  return <T>f64.abs(<f64>a);
}
/** a < b ? b : a */
export function larger<T>(a: T, b: T): T {
  if (isVector<T>()) return f64x2.pmax(a, b);
  return a < b ? b : a;
}
/** b < a ? b : a */
export function smaller<T>(a: T, b: T): T {
  if (isVector<T>()) return f64x2.pmin(a, b);
  return b < a ? b : a;
}
export function less<T>(a: T, b: T): T {
  if (isVector<T>()) return f64x2.lt(a, b);
  return <T>(<f64>i32(a < b));
}
export function atMost<T>(a: T, b: T): T {
  if (isVector<T>()) return f64x2.le(a, b);
  return <T>(<f64>i32(a <= b));
}
export function equal<T>(a: T, b: T): T {
  if (isVector<T>()) return f64x2.eq(a, b);
  return <T>(<f64>i32(a == b));
}
export function both<T>(a: T, b: T): T {
  if (isVector<T>()) return v128.and(a, b);
  return a * b;
}
/** condition ? a : b */
export function select2<T>(condition: T, a: T, b: T): T {
  if (isVector<T>()) return v128.bitselect(a, b, condition);
  return condition != <T>0 ? a : b;
}
/** Bit 0: first lane holds, bit 1: second. */
export function bits<T>(condition: T): i32 {
  if (isVector<T>()) return i64x2.bitmask(condition);
  return i32(condition != <T>0);
}
/** Values nearer to zero than 1e-30 become zero: what decays for ever would sink into subnormals, which are slow. */
export function flush<T>(a: T): T {
  return select2<T>(less<T>(magnitude<T>(a), splat<T>(1e-30)), splat<T>(0), a);
}
