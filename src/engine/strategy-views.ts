// GET /strategy-types: the catalogue with what each strategy still lacks before it can speak.
import type { Stream } from "../stream/stream.ts";
import { COINTEGRATION_MODEL, SCREEN_WINDOW } from "../../assembly/layout.ts";
import { STRATEGIES, type StrategyType } from "../domain/strategies.ts";
import type { StrategyTypeView } from "../server/server.ts";

export function strategyViews(stream: Stream): readonly StrategyTypeView[] {
  return STRATEGIES.map((type) => {
    const missing = type.built ? missingOf(stream, type) : null;
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

/** The screen's instance has no symbols of its own: it is warming as soon as there are any. */
function missingOf(stream: Stream, type: StrategyType): number | null {
  const missing = stream.missing(type.code, type.code);
  if (missing !== null || type.code !== COINTEGRATION_MODEL) return missing;
  return stream.symbols().length > 1 ? SCREEN_WINDOW : null;
}

function detail(type: StrategyType, missing: number | null): Record<string, unknown> {
  if (!type.built) return { available: false, why_silent: "its kernel is not built yet" };
  const inputs = { available: true, inputs: type.inputs, bar_ms: type.barMs };
  if (missing === null) return { ...inputs, why_silent: `no input yet: needs ${type.inputs.join(" and ")} events` };
  if (missing > 0 && type.code === COINTEGRATION_MODEL) {
    const why = `waits for a pair that passes the screen, which needs ${SCREEN_WINDOW} bars of both symbols`;
    return { ...inputs, why_silent: why, samples_missing: missing };
  }
  if (missing > 0) return { ...inputs, why_silent: `${missing} more samples needed`, samples_missing: missing };
  return { ...inputs, why_silent: null };
}
