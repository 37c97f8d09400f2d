// Carries an approved model out: its strategy gets the model as a new version, and a pipeline is started for it, whose stages
// judge it like anybody's code and which waits for an approval before it trades. Asked again after a crash, it finds what it
// has done. A model that has drifted meanwhile, or whose file is not what was proposed, is refused. Main thread only.
import { type Failure } from "../../domain/failure.ts";
import { failed, type Result } from "../../domain/result.ts";
import { decodeModel, modelHash, modelIn, strategySource } from "../../learning/models.ts";
import type { ModelRecord } from "../../store/learning.ts";
import type { JsonObject } from "../../store/strategies.ts";
import type { Pipelines } from "../pipeline/pipeline.ts";
import type { Registry, Strategy } from "../registry/registry.ts";
import { onItsWay } from "./begun.ts";
import type { Carrier } from "./proposals.ts";
import { contentOf, driftOf } from "./ml.ts";

export interface CarrierOptions {
  readonly models: () => readonly ModelRecord[];
  readonly registry: Pick<Registry, "named" | "create" | "update" | "version">;
  readonly pipelines: Pick<Pipelines, "deploy" | "list">;
}

export function modelCarrier(options: CarrierOptions): Carrier {
  return async ({ after, decidedAt }, actor) => {
    const wanted = after as { readonly model_id?: string; readonly model_hash?: string } | null;
    const model = options.models().find(({ modelId }) => modelId === wanted?.model_id);
    if (model === undefined)
      return conflict("its model is not kept any more; it is proposed again when it was trained again");
    const [found] = driftOf(model);
    if (found !== undefined) return conflict(`its model has drifted: ${found}; it has to be trained on newer bars`);
    const bytes = Buffer.from(contentOf(model)?.file ?? "", "base64");
    if (modelHash(bytes) !== wanted?.model_hash) return conflict("its model is not the one that was proposed");
    const decoded = decodeModel(bytes);
    if (!decoded.ok) return conflict(`its model ${decoded.failure}`);
    return deployed(options, model, strategySource(decoded.value, wanted.model_hash), { actor, decidedAt });
  };
}

/** Hashes of the models that trade now, of the strategies of these names. */
export async function deployedModels(
  registry: Pick<Registry, "named" | "version">,
  names: readonly string[],
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const { strategyId, deployedVersion } of names.flatMap((name) => registry.named(name))) {
    const version = deployedVersion === null ? null : await registry.version(strategyId, deployedVersion);
    const hash = version === null ? null : modelIn(version.code);
    if (hash !== null) found.add(hash);
  }
  return found;
}

async function deployed(
  { registry, pipelines }: CarrierOptions,
  model: ModelRecord,
  code: string,
  { actor, decidedAt }: { readonly actor: string; readonly decidedAt: number | null },
): Promise<Result<JsonObject, Failure>> {
  const name = model.strategyType;
  const parameters = { symbols: [String(model.lineage["symbol"])] };
  const [known] = registry.named(name);
  if (known !== undefined && !itsOwn(known, parameters.symbols))
    return conflict(`a strategy named ${name} is there already, which is not that of this model; remove that one`);
  const stored =
    known === undefined
      ? await registry.create({ name, code, parameters, language: "assemblyscript" }, actor)
      : await registry.update(known.strategyId, { code }, actor);
  return stored.ok ? onItsWay(pipelines, stored.value, { actor, decidedAt }) : stored;
}

/** Somebody else's strategy may bear the name. */
function itsOwn({ language, parameters }: Strategy, symbols: readonly string[]): boolean {
  const trades = parameters["symbols"];
  return language === "assemblyscript" && Array.isArray(trades) && String(trades) === String(symbols);
}

function conflict(issue: string): Result<never, Failure> {
  return failed({ code: "conflict", issue });
}
