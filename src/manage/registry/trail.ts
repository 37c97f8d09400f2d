// What the audit trail tells of a strategy: its head before and after a change, without the code, which its hash names.
import type { Change } from "../oversight/oversight.ts";
import type { Strategy } from "./strategy.ts";

/** Null where there was no strategy, or is none any more. */
export function strategyChange(actor: string, action: string, before: Strategy | null, after: Strategy | null): Change {
  const target = (after ?? before)?.strategyId ?? "";
  return { actor, action: `strategy.${action}`, target, from: seen(before), to: seen(after) };
}

function seen(strategy: Strategy | null): object | null {
  if (strategy === null) return null;
  const { strategyName, version, deployedVersion, status, parameters, riskLimits, assetTypes, codeHash } = strategy;
  return {
    strategy_name: strategyName,
    version,
    deployed_version: deployedVersion,
    status,
    parameters,
    risk_limits: riskLimits,
    asset_types: assetTypes,
    code_hash: codeHash,
  };
}
