// Carries an approved composition out: a strategy of rules is made, or gets the text as a new version, and a pipeline is
// started for it, whose stages judge it like anybody's code and which waits for an approval before it trades. A strategy
// that there is gets the text alone: its parameters are in force in what runs of it, and nothing has judged that yet. Only
// symbols that an earlier approval gave it are exchanged with the text: what runs keeps those with which it was started.
// One with other parameters than those that were judged is not the carrier's own any more and is refused. Asked again
// after a crash, it finds what it has done. Main thread only.
import { isDeepStrictEqual } from "node:util";
import type { Failure } from "../../domain/failure.ts";
import { failed, type Result } from "../../domain/result.ts";
import type { JsonObject } from "../../store/strategies.ts";
import type { Pipelines } from "../pipeline/pipeline.ts";
import type { Registry, Strategy } from "../registry/registry.ts";
import { onItsWay } from "./begun.ts";
import type { ComposedStrategy } from "./composer.ts";
import type { Carrier } from "./proposals.ts";
import type { ProposalRecord } from "../../store/learning.ts";

export interface CompositionRooms {
  readonly registry: Pick<Registry, "named" | "create" | "update">;
  readonly pipelines: Pick<Pipelines, "deploy" | "list">;
  /** As many as are kept. */
  readonly proposals: () => readonly ProposalRecord[];
}

export function compositionCarrier({ registry, pipelines, proposals }: CompositionRooms): Carrier {
  return async ({ after, decidedAt }, actor): Promise<Result<JsonObject, Failure>> => {
    const { name, code, parameters } = after as ComposedStrategy;
    const known = registry.named(name).find(({ kind }) => kind === "code");
    const moved = known !== undefined && hasOldSymbols(known, parameters, proposals());
    const other = known === undefined ? null : differenceOf(known, parameters, moved);
    if (other !== null) {
      const issue = `a strategy named ${name} is there already, which ${other}; rename or remove that one`;
      return failed({ code: "conflict", issue });
    }
    const stored =
      known === undefined
        ? await registry.create({ name, code, parameters, language: "rules" }, actor)
        : await registry.update(known.strategyId, { code, ...changeOf(parameters, moved) }, actor);
    return stored.ok ? onItsWay(pipelines, stored.value, { actor, decidedAt }) : stored;
  };
}

/** It trades the symbols that an approval gave it, and now others were judged. */
function hasOldSymbols(
  { strategyId, parameters }: Strategy,
  judged: JsonObject,
  proposals: readonly ProposalRecord[],
): boolean {
  const { symbols } = parameters;
  if (symbols === undefined || isDeepStrictEqual(symbols, judged["symbols"])) return false;
  return proposals.some(({ after, carriedOut }) => {
    const given = (after as Partial<ComposedStrategy> | null)?.parameters?.["symbols"];
    return carriedOut?.["strategy_id"] === strategyId && isDeepStrictEqual(given, symbols);
  });
}

function changeOf({ symbols }: JsonObject, moved: boolean): { readonly parameters?: JsonObject } {
  return moved ? { parameters: { symbols: symbols ?? null } } : {};
}

/** From what was judged; null: it is the same. `moved`: but for the symbols. */
function differenceOf({ language, parameters }: Strategy, judged: JsonObject, moved: boolean): string | null {
  if (language !== "rules") return "is not made of rules";
  const asked = Object.keys(judged).filter((key) => !(moved && key === "symbols"));
  const name = asked.find((key) => !isDeepStrictEqual(parameters[key], judged[key]));
  if (name === undefined) return null;
  return `has another ${name} than was judged (${JSON.stringify(parameters[name])}, not ${JSON.stringify(judged[name])})`;
}
