// Rows of the table `versions`: what a strategy was at each of its versions.
import type { JsonObject } from "./strategies.ts";
import { integer, json, nullable, type RecordOf, Table, text, word } from "./table.ts";

export const versionTable = new Table(
  "versions",
  {
    strategyId: text("strategy_id"),
    version: text("version"),
    language: nullable(word<"python" | "assemblyscript">("language")),
    code: text("code"),
    codeHash: text("code_hash"),
    parameters: json<JsonObject>("parameters"),
    riskLimits: json<JsonObject>("risk_limits"),
    createdAt: integer("created_at"),
    deployedAt: nullable(integer("deployed_at")),
  },
  ["strategyId", "version"],
);
export type VersionRecord = RecordOf<typeof versionTable>;
