// Rows of the table `strategies`. Times in microseconds since the epoch. A deleted strategy keeps its row with deletedAt.
// Heads are rows without the code, so that a list of strategies, or a change of one, moves no code.
import type { Reader, Statement } from "./store.ts";
import { integer, json, nullable, type RecordOf, Table, text, word } from "./table.ts";

export type JsonObject = Readonly<Record<string, unknown>>;
type Status = "draft" | "testing" | "approved" | "deployed" | "paused" | "stopped" | "error";

const head = {
  strategyId: text("strategy_id"),
  strategyName: text("strategy_name"),
  version: text("version"),
  kind: word<"code" | "builtin">("kind"),
  language: nullable(word<"python" | "assemblyscript" | "rules">("language")),
  /** Family, and what it was registered as: a family or one of the 18; null for code. */
  strategyType: nullable(text("strategy_type")),
  implementation: nullable(text("implementation")),
  codeHash: text("code_hash"),
  parameters: json<JsonObject>("parameters"),
  riskLimits: json<JsonObject>("risk_limits"),
  assetTypes: json<readonly string[]>("asset_types"),
  status: word<Status>("status"),
  /** To which `resume` leads back. */
  statusBefore: nullable(word<Status>("status_before")),
  deployedVersion: nullable(text("deployed_version")),
  lastError: nullable(text("last_error")),
  createdAt: integer("created_at"),
  updatedAt: integer("updated_at"),
  deletedAt: nullable(integer("deleted_at")),
};

export const strategyTable = new Table("strategies", { ...head, code: text("code") }, ["strategyId"]);
const strategyHeads = new Table("strategies", head, ["strategyId"]);
export type StrategyRecord = RecordOf<typeof strategyTable>;
export type StrategyHead = RecordOf<typeof strategyHeads>;

/** `code` null: as it is. */
export function updateStrategy(row: StrategyHead, code: string | null): Statement {
  return code === null ? strategyHeads.update(row) : strategyTable.update({ ...row, code });
}

/** Executions and trades refer to the row, so it stays; code, versions and tracked results go. */
export function deleteStrategy(strategyId: string, at: number): readonly Statement[] {
  return [
    { sql: "DELETE FROM performance_totals WHERE strategy_id = ?", params: [strategyId] },
    { sql: "DELETE FROM performance WHERE strategy_id = ?", params: [strategyId] },
    { sql: "DELETE FROM versions WHERE strategy_id = ?", params: [strategyId] },
    { sql: "UPDATE strategies SET deleted_at = ?, code = '' WHERE strategy_id = ?", params: [at, strategyId] },
  ];
}

/** All that are not deleted, in the order of their creation. */
export function readStrategies(store: Reader): Promise<readonly StrategyHead[]> {
  return strategyHeads.load(store, "WHERE deleted_at IS NULL ORDER BY created_at");
}
