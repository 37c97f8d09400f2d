// The failure of a symbol in a path that was never seen.
import type { Failure } from "../domain/failure.ts";

export function unknownSymbol(text: string): Failure {
  return { code: "not_found", kind: "symbol", id: JSON.stringify(text.slice(0, 64)) };
}
