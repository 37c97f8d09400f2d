// A pipeline and its stages as spans, for whoever listens by OpenTelemetry. What was asked for by a request is part of
// that request's trace. Nobody listens: nothing is made.
import type { PipelineRecord } from "../../store/pipelines.ts";
import { openTraces, type SpanValue, type Traced, type Traces } from "../../telemetry/traces.ts";
import { Ended } from "./ending.ts";

export class PipelineSpans {
  private readonly traces: Traces | null = openTraces();
  private readonly whole: Traced | null;
  private readonly ids: Readonly<Record<string, SpanValue>>;

  constructor({ pipelineId, strategyId, version, deploymentType }: PipelineRecord) {
    this.ids = { "strategy_engine.pipeline_id": pipelineId, "strategy_engine.strategy_id": strategyId };
    const values = { "strategy_engine.version": version, "strategy_engine.deployment_type": deploymentType };
    this.whole = this.traces?.step("pipeline", { ...this.ids, ...values }) ?? null;
  }

  /** One stage, from the wait for its place to what it came to. */
  stage(name: string, run: () => Promise<void>): Promise<void> {
    if (this.traces === null) return run();
    const traced = this.traces.step("pipeline stage", { ...this.ids, "strategy_engine.stage": name }, this.whole);
    return traced.inside(run).then(
      () => traced.end(),
      (error: unknown) => {
        traced.end(error instanceof Ended ? error.message : "the stage broke");
        throw error;
      },
    );
  }

  /** `fault`: why it failed; null: it is completed. */
  end(fault: string | null): void {
    this.whole?.end(fault);
  }
}
