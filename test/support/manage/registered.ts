// A built-in strategy as it is registered.
import type { Strategy } from "../../../src/manage/registry/registry.ts";
import type { JsonObject } from "../../../src/store/strategies.ts";

export function builtin(implementation: string, parameters: JsonObject, riskLimits: JsonObject): Strategy {
  return {
    strategyId: "mine",
    strategyName: "mine",
    version: "1.0.0",
    kind: "builtin",
    language: null,
    strategyType: null,
    implementation,
    codeHash: "",
    parameters,
    riskLimits,
    assetTypes: ["crypto"],
    status: "deployed",
    statusBefore: null,
    deployedVersion: "1.0.0",
    lastError: null,
    createdAt: 1,
    updatedAt: 1,
    deletedAt: null,
  };
}
