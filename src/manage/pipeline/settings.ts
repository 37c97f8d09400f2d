// What the operator decides about pipelines; the names in the environment stand behind each.
import { STAGE_NAMES, type StageName } from "./stage.ts";
import type { ValidationMode } from "./words.ts";

export interface PipelineSettings {
  /** MAX_CONCURRENT_DEPLOYMENTS: pipelines whose stages run at once. */
  readonly concurrent: number;
  /** PIPELINE_STAGES, in canonical order. */
  readonly stages: readonly StageName[];
  /** STRATEGY_TIMEOUT: from the first stage to the last one. */
  readonly timeoutMs: number;
  /** AUTO_ROLLBACK_ENABLED: needed, and the request's own wish as well. */
  readonly rollback: boolean;
  /** DEPLOYMENT_APPROVAL_REQUIRED: enough, and so is the request's own wish. */
  readonly approval: boolean;
  /** VALIDATION_MODE. */
  readonly validation: ValidationMode;
  /** ROLLOUT_STEP_MS. */
  readonly stepMs: number;
  /** PAPER_SOAK_MINUTES, in milliseconds: of deployments that do not say it themselves. */
  readonly soakMs: number;
  /** ROLLOUT_EVIDENCE. */
  readonly evidence: "advisory" | "require";
}

export const DEFAULT_SETTINGS: PipelineSettings = {
  concurrent: 5,
  stages: STAGE_NAMES,
  timeoutMs: 300_000,
  rollback: true,
  approval: false,
  validation: "auto",
  stepMs: 200,
  soakMs: 0,
  evidence: "advisory",
};
