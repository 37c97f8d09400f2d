// Rows of the table `strategies`. Times in microseconds since the epoch. A deleted strategy keeps its row with deletedAt.
import { integer, json, nullable, type RecordOf, Table, text, word } from "./table.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

export const strategyTable = new Table(
  "strategies",
  {
    strategyId: text("strategy_id"),
    strategyName: text("strategy_name"),
    version: text("version"),
    kind: word<"code" | "builtin">("kind"),
    language: nullable(word<"python" | "assemblyscript">("language")),
    /** Family, and which of the 18; null for code. */
    strategyType: nullable(text("strategy_type")),
    implementation: nullable(text("implementation")),
    code: text("code"),
    codeHash: text("code_hash"),
    parameters: json<JsonObject>("parameters"),
    riskLimits: json<JsonObject>("risk_limits"),
    assetTypes: json<readonly string[]>("asset_types"),
    status: word<"draft" | "testing" | "approved" | "deployed" | "paused" | "stopped" | "error">("status"),
    /** To which `resume` leads back. */
    statusBefore: nullable(text("status_before")),
    deployedVersion: nullable(text("deployed_version")),
    lastError: nullable(text("last_error")),
    createdAt: integer("created_at"),
    updatedAt: integer("updated_at"),
    deletedAt: nullable(integer("deleted_at")),
  },
  ["strategyId"],
);
export type StrategyRecord = RecordOf<typeof strategyTable>;
