// From what was asked over the API to a run of a strategy with code: parameters of strategy and request are merged, and
// everything that is wrong with them is named before anything is queued.
import { invalid, type Failure } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import { completeCodeRequest } from "../../research/research.ts";
import type { CompiledStrategy } from "../../sandbox/sandbox.ts";
import type { JsonObject } from "../../store/strategies.ts";
import type { Strategy } from "../registry/registry.ts";
import type { Asked, Where } from "./asked.ts";
import type { JobSpec } from "./job.ts";

/** Of a value that is named in a refusal, characters. */
const SHOWN = 60;

export function codeSpecOf(
  asked: Asked,
  strategy: Strategy,
  compiled: CompiledStrategy,
  where: Where,
): Result<JobSpec, Failure> {
  const { kind, spanMs, capital } = asked;
  const parameters: JsonObject = { ...strategy.parameters, ...asked.parameters };
  const symbols = symbolsOf(asked.symbols ?? parameters["symbols"] ?? null);
  if (symbols === undefined)
    return failed(
      invalid(
        "parameters.symbols",
        `must be a list of one or more symbols, found ${JSON.stringify(parameters["symbols"])?.slice(0, SHOWN)}`,
      ),
    );
  const name = strategy.strategyName;
  const { riskLimits } = strategy;
  const request = { name, parameters, riskLimits, symbols: symbols ?? ["ANY"], capital };
  const complete = completeCodeRequest(request, compiled);
  if (!complete.ok) return failed(invalid(complete.failure.field, complete.failure.issue));
  const { dataDir, engineVersion } = where;
  return ok({
    kind,
    types: [],
    parameters: {},
    limits: {},
    execution: {},
    frames: [],
    code: { compiled, name, parameters, riskLimits },
    symbols,
    barMs: null,
    spanMs,
    capital,
    dataDir,
    engineVersion,
    now: where.now(),
    part: null,
  });
}

/** Null: none are named; undefined: not usable. */
function symbolsOf(given: unknown): readonly string[] | null | undefined {
  if (given === null) return null;
  if (!Array.isArray(given) || given.length === 0) return undefined;
  if (!given.every((symbol) => typeof symbol === "string" && symbol !== "")) return undefined;
  return [...new Set(given.map((symbol) => String(symbol).toUpperCase()))];
}
