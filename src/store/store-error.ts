// A read of the store that cannot be answered. By itself, so that who only has to tell it apart loads no database.
import type { Failure } from "../domain/failure.ts";

export class StoreError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, reason: string) {
    super(reason);
    this.name = "StoreError";
    this.failure = failure;
  }
}
