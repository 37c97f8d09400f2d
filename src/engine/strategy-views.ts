// GET /strategy-types: the catalogue with what each strategy still lacks before it can speak. The same of the instances of
// a registered strategy, for its executions.
import * as layout from "../../assembly/layout.ts";
import * as reference from "../../assembly/reference.ts";
import { inputNames } from "../stream/pairs.ts";
import { ownerMark, type Readiness, type Stream } from "../stream/stream.ts";
import { describeStrategy } from "../domain/describe.ts";
import { isMultiLeg, STRATEGIES, type StrategyType } from "../domain/strategies.ts";
import type { ReadinessView, StrategyTypeView } from "../server/server.ts";

export function strategyViews(stream: Stream): readonly StrategyTypeView[] {
  return STRATEGIES.map((type) => {
    const found = type.built ? stream.readiness(type.code, type.code) : null;
    const readiness = isMultiLeg(type.code) && found === null && type.built ? waiting(stream, type) : found;
    return {
      ...describeStrategy(type),
      enabled: stream.instances.byId(type.code)?.enabled ?? false,
      readiness: state(readiness),
      ...(type.built ? silence(type, readiness) : unbuilt()),
    };
  });
}

const NEAREST_FIRST = ["ready", "warming", "no_input"] as const;

/** Of a registered strategy's instances the one that is nearest to speaking; null: none has all of its symbols yet. */
export function readinessOf(stream: Stream, strategyId: string): ReadinessView | null {
  const found = STRATEGIES.flatMap((type): readonly ReadinessView[] => {
    const instance = stream.instances.ownedBy(ownerMark(strategyId, type.name));
    if (instance === undefined) return [];
    const lacks = stream.readiness(instance.id, type.code);
    const { available: _, ...silent } = silence(type, lacks);
    return [{ readiness: state(lacks), ...silent }];
  });
  return NEAREST_FIRST.map((wanted) => found.find(({ readiness }) => readiness === wanted)).find(Boolean) ?? null;
}

/** The default instance of a strategy of several legs has none before it found some: prices decide it, or names. */
function waiting(stream: Stream, type: StrategyType): Readiness | null {
  if (type.code === layout.TRIANGULAR_ARBITRAGE) return null;
  return stream.ingest.symbols.count >= type.legs[0] ? { missing: reference.SCREEN_WINDOW, wants: 0 } : null;
}

function state(readiness: Readiness | null): "no_input" | "warming" | "ready" {
  if (readiness === null || readiness.wants > 0) return "no_input";
  return readiness.missing > 0 ? "warming" : "ready";
}

type Silence = Pick<StrategyTypeView, "available" | "why_silent" | "samples_missing">;

export const NOT_BUILT = "its kernel is not built yet";

function unbuilt(): Silence {
  return { available: false, why_silent: NOT_BUILT };
}

function silence(type: StrategyType, readiness: Readiness | null): Silence {
  const available = true;
  if (readiness === null) return { available, why_silent: `no input yet: needs ${type.inputs.join(" and ")} events` };
  const { missing, wants } = readiness;
  if (wants > 0) {
    return { available, why_silent: `no input yet: needs ${inputNames(wants).join(" and ")}` };
  }
  if (missing <= 0) return { available, why_silent: null };
  if (isMultiLeg(type.code))
    return { available, why_silent: `${type.readiness}; ${missing} samples missing`, samples_missing: missing };
  return {
    available,
    why_silent: `${missing} more sample${missing === 1 ? "" : "s"} needed`,
    samples_missing: missing,
  };
}
