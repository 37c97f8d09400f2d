// Carries an approved composition out: a strategy of rules is made, or gets the text as a new version, and a pipeline is
// started for it, whose stages judge it like anybody's code and which waits for an approval before it trades. A strategy
// that there is gets the text alone: its parameters are in force in what runs of it, and nothing has judged that yet. One
// with other parameters than those that were judged is not the carrier's own any more and is refused. Asked again after a
// crash, it finds what it has done. Main thread only.
import { isDeepStrictEqual } from "node:util";
import type { Failure } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import type { JsonObject } from "../../store/strategies.ts";
import type { Pipelines } from "../pipeline/pipeline.ts";
import type { Registry, Strategy } from "../registry/registry.ts";
import { begunFor } from "./begun.ts";
import type { ComposedStrategy } from "./composer.ts";
import type { Carrier } from "./proposals.ts";

export interface CompositionRooms {
  readonly registry: Pick<Registry, "named" | "create" | "update">;
  readonly pipelines: Pick<Pipelines, "deploy" | "list">;
}

const HOW = { type: "direct", approvalRequired: true } as const;

export function compositionCarrier({ registry, pipelines }: CompositionRooms): Carrier {
  return async ({ after, decidedAt }, actor): Promise<Result<JsonObject, Failure>> => {
    const { name, code, parameters } = after as ComposedStrategy;
    const known = registry.named(name).find(({ kind }) => kind === "code");
    const other = known === undefined ? null : differenceOf(known, parameters);
    if (other !== null) {
      const issue = `a strategy named ${name} is there already, which ${other}; rename or remove that one`;
      return failed({ code: "conflict", issue });
    }
    const stored =
      known === undefined
        ? await registry.create({ name, code, parameters, language: "rules" }, actor)
        : await registry.update(known.strategyId, { code }, actor);
    if (!stored.ok) return stored;
    const { strategyId, version } = stored.value;
    const ofVersion = pipelines.list({ strategyId }).filter((one) => one.version === version);
    const begun = begunFor(ofVersion, decidedAt);
    const pipeline = begun === undefined ? await pipelines.deploy(strategyId, HOW, actor) : ok(begun);
    if (!pipeline.ok) return pipeline;
    return ok({ strategy_id: strategyId, version, pipeline_id: pipeline.value.pipelineId });
  };
}

/** From what was judged; null: it is the same. */
function differenceOf({ language, parameters }: Strategy, judged: JsonObject): string | null {
  if (language !== "rules") return "is not made of rules";
  const name = Object.keys(judged).find((key) => !isDeepStrictEqual(parameters[key], judged[key]));
  if (name === undefined) return null;
  return `has another ${name} than was judged (${JSON.stringify(parameters[name])}, not ${JSON.stringify(judged[name])})`;
}
