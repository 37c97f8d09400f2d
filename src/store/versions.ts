// Rows of the table `versions`: what a strategy was at each of its versions. Code and parameters of a version never
// change; its risk limits do while it is the newest. Times in microseconds since the epoch.
import type { Reader, Statement } from "./store.ts";
import type { JsonObject } from "./strategies.ts";
import { integer, json, nullable, type RecordOf, Table, text, word } from "./table.ts";

const head = {
  strategyId: text("strategy_id"),
  version: text("version"),
  codeHash: text("code_hash"),
  createdAt: integer("created_at"),
  deployedAt: nullable(integer("deployed_at")),
};

export const versionTable = new Table(
  "versions",
  {
    ...head,
    language: nullable(word<"python" | "assemblyscript" | "rules">("language")),
    code: text("code"),
    parameters: json<JsonObject>("parameters"),
    riskLimits: json<JsonObject>("risk_limits"),
  },
  ["strategyId", "version"],
);
const versionHeads = new Table("versions", head, ["strategyId", "version"]);
export type VersionRecord = RecordOf<typeof versionTable>;
/** A version without its code and parameters. */
export type VersionHead = RecordOf<typeof versionHeads>;

const COPY = `
INSERT INTO versions (strategy_id, version, language, code, code_hash, parameters, risk_limits, created_at, deployed_at)
SELECT strategy_id, ?, language, code, code_hash, ?, ?, ?, ? FROM versions WHERE strategy_id = ? AND version = ?`;

/** A further version with the code of an earlier one. */
export function copyVersion(from: string, row: VersionHead, parameters: JsonObject, riskLimits: JsonObject): Statement {
  const { strategyId, version, createdAt, deployedAt } = row;
  const objects = [JSON.stringify(parameters), JSON.stringify(riskLimits)];
  return { sql: COPY, params: [version, ...objects, createdAt, deployedAt, strategyId, from] };
}

export function updateRiskLimits(strategyId: string, version: string, riskLimits: JsonObject): Statement {
  return {
    sql: "UPDATE versions SET risk_limits = ? WHERE strategy_id = ? AND version = ?",
    params: [JSON.stringify(riskLimits), strategyId, version],
  };
}

/** It is in force from then on. */
export function markDeployed(strategyId: string, version: string, at: number): Statement {
  return {
    sql: "UPDATE versions SET deployed_at = ? WHERE strategy_id = ? AND version = ?",
    params: [at, strategyId, version],
  };
}

export async function readVersion(store: Reader, strategyId: string, version: string): Promise<VersionRecord | null> {
  const rows = await versionTable.load(store, "WHERE strategy_id = ? AND version = ?", [strategyId, version]);
  return rows[0] ?? null;
}

/** Of all strategies, oldest first. */
export function readVersionHeads(store: Reader): Promise<readonly VersionHead[]> {
  return versionHeads.load(store, "ORDER BY created_at");
}
