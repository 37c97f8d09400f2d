// GET /strategy-types: the catalogue with what each strategy still lacks before it can speak.
import type { Stream } from "../stream/stream.ts";
import { STRATEGIES, type StrategyType } from "../domain/strategies.ts";
import type { StrategyTypeView } from "../server/server.ts";

export function strategyViews(stream: Stream): readonly StrategyTypeView[] {
  return STRATEGIES.map((type) => {
    const missing = type.built ? stream.missing(type.code, type.code) : null;
    return {
      name: type.name,
      family: type.family,
      tier: type.tier,
      description: type.description,
      parameters: type.parameters.map(({ name, default: value, min, max, unit, meaning }) => {
        return { name, default: value, min, max, unit, meaning };
      }),
      enabled: stream.instances.byId(type.code)?.enabled ?? false,
      readiness: missing === null ? "no_input" : missing > 0 ? "warming" : "ready",
      ...detail(type, missing),
    };
  });
}

function detail(type: StrategyType, missing: number | null): Record<string, unknown> {
  if (!type.built) return { available: false, why_silent: "its kernel is not built yet" };
  const inputs = { available: true, inputs: type.inputs, bar_ms: type.barMs };
  if (missing === null) return { ...inputs, why_silent: `no input yet: needs ${type.inputs.join(" and ")} events` };
  if (missing > 0) return { ...inputs, why_silent: `${missing} more samples needed`, samples_missing: missing };
  return { ...inputs, why_silent: null };
}
