// Expected failures are values: a function that can fail for a reason the caller must handle returns a Result.
export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: E };
export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}
export function failed<E>(failure: E): { readonly ok: false; readonly failure: E } {
  return { ok: false, failure };
}
