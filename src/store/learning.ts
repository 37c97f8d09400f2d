// Rows of learning: changes, the values that are in force by them, proposals, models, and what learners keep.
// Times in microseconds since the epoch.
import type { Statement } from "./store.ts";
import type { JsonObject } from "./strategies.ts";
import { bool, integer, json, nullable, type RecordOf, Table, text, word } from "./table.ts";

export const changeTable = new Table(
  "learning_changes",
  {
    /** Counts up; the newest is the largest. The core knows the number of the newest that it has. */
    position: integer("position"),
    changeId: text("change_id"),
    /** The target in one word, by which changes of the same thing are told. */
    target: text("target"),
    what: text("what"),
    strategyType: text("strategy_type"),
    before: json<unknown>("before"),
    after: json<unknown>("after"),
    reason: text("reason"),
    evidence: json<JsonObject>("evidence"),
    /** Which learner, or who. */
    source: text("source"),
    /** The change that it takes back. */
    reverts: nullable(text("reverts")),
    /** False: the core made it by itself, and it is only told of. */
    applied: bool("applied"),
    createdAt: integer("created_at"),
  },
  ["position"],
);
export type ChangeRecord = RecordOf<typeof changeTable>;

/** Of each target the newest value that was applied. */
export const learnedValueTable = new Table(
  "learning_values",
  {
    target: text("target"),
    position: integer("position"),
    value: json<unknown>("value"),
    updatedAt: integer("updated_at"),
  },
  ["target"],
);
export type LearnedValueRecord = RecordOf<typeof learnedValueTable>;

export const proposalTable = new Table(
  "learning_proposals",
  {
    position: integer("position"),
    proposalId: text("proposal_id"),
    /** Of one subject there is one open proposal at a time. */
    subject: text("subject"),
    status: word<"proposed" | "approved" | "rejected">("status"),
    /** Who carries it out. */
    kind: text("kind"),
    what: text("what"),
    strategyType: text("strategy_type"),
    before: json<unknown>("before"),
    after: json<unknown>("after"),
    reason: text("reason"),
    evidence: json<JsonObject>("evidence"),
    source: text("source"),
    createdAt: integer("created_at"),
    decidedAt: nullable(integer("decided_at")),
    decidedBy: nullable(text("decided_by")),
    /** What came of an approved one; null: not carried out yet. */
    carriedOut: nullable(json<JsonObject>("carried_out")),
  },
  ["position"],
);
export type ProposalRecord = RecordOf<typeof proposalTable>;

export const modelTable = new Table(
  "learning_models",
  {
    modelId: text("model_id"),
    kind: text("kind"),
    strategyType: text("strategy_type"),
    samples: integer("samples"),
    /** What it came from and how good it is: hashes of data and code, metrics. */
    lineage: json<JsonObject>("lineage"),
    /** The model itself, in its maker's own words. */
    content: text("content"),
    createdAt: integer("created_at"),
    updatedAt: integer("updated_at"),
  },
  ["modelId"],
);
export type ModelRecord = RecordOf<typeof modelTable>;

/** One JSON object for each name. */
export const learningStateTable = new Table(
  "learning_state",
  { name: text("name"), value: json<JsonObject>("value"), updatedAt: integer("updated_at") },
  ["name"],
);

/** All up to and with that position go. */
export function forgetChanges(position: number): Statement {
  return { sql: "DELETE FROM learning_changes WHERE position <= ?", params: [position] };
}
/** Decided ones up to and with that position go. */
export function forgetProposals(position: number): Statement {
  return { sql: "DELETE FROM learning_proposals WHERE position <= ? AND status <> 'proposed'", params: [position] };
}
