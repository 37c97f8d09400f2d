// Natural logarithm and exponential in plain arithmetic, so that every build, lane width and twin gives the same bits.
// ln: x = m * 2^k with sqrt(1/2) <= m < sqrt(2); f = m - 1, s = f / (2 + f), and the minimax polynomial of
// ln(1 + f) = 2 s + s R(s^2) that fdlibm uses; error below 1 ulp. Valid for every positive finite x; a subnormal counts
// as the smallest normal number.
import { add, div, mul, splat, sub, larger } from "../lanes";

const LN2_HIGH: f64 = 6.9314718036912381649e-1;
const LN2_LOW: f64 = 1.90821492927058770002e-10;
const SMALLEST: f64 = 2.2250738585072014e-308;
const SHIFT: i64 = 0x00095f6200000000; // 1.0 minus sqrt(1/2), as high words
const HALF_ROOT: i64 = 0x3fe6a09e00000000;
const FRACTION: i64 = 0x000fffffffffffff;
const TWO_52: i64 = 0x4330000000000000; // as a float: 2^52, so that an integer or-ed in is exact

export function ln<T>(value: T): T {
  const x = larger<T>(value, splat<T>(SMALLEST));
  let m: T;
  let k: T;
  if (isVector<T>()) {
    const shifted = i64x2.add(x, i64x2.splat(SHIFT));
    m = i64x2.add(v128.and(shifted, i64x2.splat(FRACTION)), i64x2.splat(HALF_ROOT));
    k = v128.or(i64x2.shr_u(shifted, 52), i64x2.splat(TWO_52));
  } else {
    const shifted = reinterpret<i64>(<f64>x) + SHIFT;
    m = <T>reinterpret<f64>((shifted & FRACTION) + HALF_ROOT);
    k = <T>reinterpret<f64>(i64(u64(shifted) >> 52) | TWO_52);
  }
  k = sub<T>(k, splat<T>(4503599627371519.0)); // 2^52 + 1023
  const f = sub<T>(m, splat<T>(1));
  const s = div<T>(f, add<T>(f, splat<T>(2)));
  const z = mul<T>(s, s);
  const w = mul<T>(z, z);
  const odd = mul<T>(w, horner3<T>(w, 3.999999999940941908e-1, 2.222219843214978396e-1, 1.531383769920937332e-1));
  const even = mul<T>(
    z,
    add<T>(
      splat<T>(6.66666666666673513e-1),
      mul<T>(w, horner3<T>(w, 2.857142874366239149e-1, 1.818357216161805012e-1, 1.479819860511658591e-1)),
    ),
  );
  const half = mul<T>(mul<T>(splat<T>(0.5), f), f);
  const small = add<T>(mul<T>(s, add<T>(half, add<T>(odd, even))), mul<T>(k, splat<T>(LN2_LOW)));
  return add<T>(mul<T>(k, splat<T>(LN2_HIGH)), add<T>(f, sub<T>(small, half)));
}

function horner3<T>(w: T, a: f64, b: f64, c: f64): T {
  return add<T>(splat<T>(a), mul<T>(w, add<T>(splat<T>(b), mul<T>(w, splat<T>(c)))));
}

/** exp(x) for |x| <= 700; below it gives 0, above it the largest finite value would overflow and gives infinity. */
export function exp(x: f64): f64 {
  if (x > 709.0) return Infinity;
  if (x < -708.0) return 0.0;
  const k = nearest(x * 1.442695040888963387);
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const t = r * r;
  const c =
    r -
    t *
      (1.66666666666666019037e-1 +
        t *
          (-2.77777777770155933842e-3 +
            t * (6.61375632143793436117e-5 + t * (-1.6533902205465251539e-6 + t * 4.13813679705723846039e-8))));
  const y = 1.0 - (low - (r * c) / (2.0 - c) - high);
  return y * reinterpret<f64>((i64(k) + 1023) << 52);
}
