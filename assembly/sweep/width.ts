// Arithmetic over parameter sets side by side: a body written over T is instantiated for one f64, two f64 or four f32.
// T is f64 or v128, E the number in a lane (f64 or f32), C a condition: bool beside f64, v128 (all ones or all zeros in a
// lane) beside v128. The f64 forms give the same bits. Minimum and maximum are select-style.
export function lanes<T, E>(): u32 {
  if (isVector<T>()) return 16 / <u32>sizeof<E>();
  return 1;
}
export function splat<T, E>(x: E): T {
  if (isVector<T>()) return v128.splat<E>(x);
  return <T>x;
}
export function fetch<T>(at: usize): T {
  if (isVector<T>()) return v128.load(at);
  return load<T>(at);
}
export function keep<T>(at: usize, value: T): void {
  if (isVector<T>()) v128.store(at, value);
  else store<T>(at, value);
}
/** The same number for every lane. */
export function spread<T, E>(at: usize): T {
  if (isVector<T>()) {
    if (sizeof<E>() == 8) return v128.load64_splat(at);
    return v128.load32_splat(at);
  }
  return load<T>(at);
}
/** One number of a place of its own for every lane; narrower bodies read only the first ones. */
export function gather<T, E>(at0: usize, at1: usize, at2: usize, at3: usize): T {
  if (isVector<T>()) {
    if (sizeof<E>() == 8) return v128.load64_lane(at1, v128.load64_splat(at0), 1);
    let all = v128.load32_splat(at0);
    all = v128.load32_lane(at1, all, 1);
    all = v128.load32_lane(at2, all, 2);
    return v128.load32_lane(at3, all, 3);
  }
  return load<T>(at0);
}
export function add<T, E>(a: T, b: T): T {
  if (isVector<T>()) return v128.add<E>(a, b);
  return a + b;
}
export function sub<T, E>(a: T, b: T): T {
  if (isVector<T>()) return v128.sub<E>(a, b);
  return a - b;
}
export function mul<T, E>(a: T, b: T): T {
  if (isVector<T>()) return v128.mul<E>(a, b);
  return a * b;
}
export function div<T, E>(a: T, b: T): T {
  if (isVector<T>()) return v128.div<E>(a, b);
  return a / b;
}
/** a < b ? b : a */
export function larger<T, E>(a: T, b: T): T {
  if (isVector<T>()) return v128.pmax<E>(a, b);
  return a < b ? b : a;
}
/** b < a ? b : a */
export function smaller<T, E>(a: T, b: T): T {
  if (isVector<T>()) return v128.pmin<E>(a, b);
  return b < a ? b : a;
}
export function less<T, E, C>(a: T, b: T): C {
  if (isVector<T>()) return v128.lt<E>(a, b);
  return a < b;
}
export function atMost<T, E, C>(a: T, b: T): C {
  if (isVector<T>()) return v128.le<E>(a, b);
  return a <= b;
}
export function differs<T, E, C>(a: T, b: T): C {
  if (isVector<T>()) return v128.ne<E>(a, b);
  return a != b;
}
/** False where a is NaN. */
export function known<T, E, C>(a: T): C {
  if (isVector<T>()) return v128.eq<E>(a, a);
  return a == a;
}
export function both<C>(a: C, b: C): C {
  if (isVector<C>()) return v128.and(a, b);
  return <C>((<i32>a) & (<i32>b));
}
export function either<C>(a: C, b: C): C {
  if (isVector<C>()) return v128.or(a, b);
  return <C>((<i32>a) | (<i32>b));
}
/** condition ? a : b */
export function choose<T, C>(condition: C, a: T, b: T): T {
  if (isVector<T>()) return v128.bitselect(a, b, condition);
  return condition ? a : b;
}
/** up ? above : down ? below : side; both conditions never hold at once. */
export function decide<T, C>(up: C, above: T, down: C, below: T, side: T): T {
  if (isVector<T>()) {
    const fresh = v128.or(v128.and(changetype<v128>(up), above), v128.and(changetype<v128>(down), below));
    return v128.or(fresh, v128.andnot(side, v128.or(changetype<v128>(up), changetype<v128>(down))));
  }
  return up ? above : down ? below : side;
}
/** Bit k: lane k holds. */
export function bits<C, E>(condition: C): u32 {
  if (isVector<C>()) return <u32>(sizeof<E>() == 8 ? i64x2.bitmask(condition) : i32x4.bitmask(condition));
  return <u32>condition;
}

// Four rows a, b, c, d of four f32 become four columns in two steps: pairs of rows, then halves of two pairs.
//   earlyPairs(a, b)  a0 b0 a1 b1     firstHalves of those of a, b and of c, d   a0 b0 c0 d0
//   latePairs(a, b)   a2 b2 a3 b3     secondHalves                               a1 b1 c1 d1
export function earlyPairs<T>(a: T, b: T): T {
  if (isVector<T>()) return v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  return a;
}
export function latePairs<T>(a: T, b: T): T {
  if (isVector<T>()) return v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  return a;
}
export function firstHalves<T>(a: T, b: T): T {
  if (isVector<T>()) return v128.shuffle<f64>(a, b, 0, 2);
  return a;
}
export function secondHalves<T>(a: T, b: T): T {
  if (isVector<T>()) return v128.shuffle<f64>(a, b, 1, 3);
  return a;
}
