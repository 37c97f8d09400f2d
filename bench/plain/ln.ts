// ln in plain JavaScript, operation for operation as assembly/math/ln.ts, so that results can be compared bit by bit.
const scratch = new DataView(new ArrayBuffer(8));
const SHIFT_HIGH = 0x00095f62;
const HALF_ROOT_HIGH = 0x3fe6a09e;

export function ln(value: number): number {
  const x = value < 2.2250738585072014e-308 ? 2.2250738585072014e-308 : value;
  scratch.setFloat64(0, x);
  const high = (scratch.getUint32(0) + SHIFT_HIGH) >>> 0;
  scratch.setUint32(0, (high & 0x000fffff) + HALF_ROOT_HIGH);
  const k = (high >>> 20) - 1023;
  const f = scratch.getFloat64(0) - 1;
  const s = f / (f + 2);
  const z = s * s;
  const w = z * z;
  const odd = w * (3.999999999940941908e-1 + w * (2.222219843214978396e-1 + w * 1.531383769920937332e-1));
  const tail = 2.857142874366239149e-1 + w * (1.818357216161805012e-1 + w * 1.479819860511658591e-1);
  const even = z * (6.66666666666673513e-1 + w * tail);
  const half = 0.5 * f * f;
  const small = s * (half + (odd + even)) + k * 1.90821492927058770002e-10;
  return k * 6.9314718036912381649e-1 + (f + (small - half));
}
