// What is answered where a pipeline is not there, or not in the state that is needed.
import type { Failure } from "../../domain/failure.ts";
import type { PipelineHead } from "../../store/pipelines.ts";

export function unknownPipeline(pipelineId: string): Failure {
  return { code: "not_found", kind: "pipeline", id: pipelineId };
}

export function notIn({ pipelineId, status }: PipelineHead, wanted: string, allowed: readonly string[]): Failure {
  return {
    code: "invalid_state",
    kind: "pipeline",
    id: pipelineId,
    state: status,
    wanted,
    allowed,
    legal: ["reading it"],
  };
}
