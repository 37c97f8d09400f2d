// What the audit trail tells of a strategy: its head before and after a change, without the code, which its hash names.
import type { Manage, Strategy } from "../../manage/manage.ts";
import type { RequestHead } from "../request.ts";

/** To be called when the change is in force; `before` is null for a new one. */
export function noteStrategy(
  manage: Manage,
  head: RequestHead,
  action: string,
  id: string,
  before: Strategy | null,
): void {
  const [from, to] = [seen(before), seen(manage.registry.get(id))];
  manage.audit.note({ actor: head.caller.id, action: `strategy.${action}`, target: id, from, to });
}

function seen(strategy: Strategy | null): object | null {
  if (strategy === null) return null;
  const { strategyName, version, status, parameters, riskLimits, assetTypes, codeHash } = strategy;
  return {
    strategy_name: strategyName,
    version,
    status,
    parameters,
    risk_limits: riskLimits,
    asset_types: assetTypes,
    code_hash: codeHash,
  };
}
