// When a message of market data is a failure as a whole.
import type { Failure, FieldIssue } from "../domain/failure.ts";
import type { Batch, TickError } from "./ingest/ingest.ts";

/** A message of which nothing was taken in is a failure as a whole; otherwise its bad ticks are told one by one. */
export function refusalOf(batch: Batch): Failure | null {
  if (batch.failure) return batch.failure;
  const [first, ...others] = batch.errors;
  if (batch.accepted > 0 || !first) return null;
  if (first.reason === "overloaded") return { code: "overloaded", what: "the event ring" };
  const issue = ({ field, issue: text }: TickError): FieldIssue => ({ field, issue: text });
  return { code: "validation_error", issues: [issue(first), ...others.map(issue)] };
}
