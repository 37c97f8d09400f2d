// What an execution has at stake, asked of its thread, which alone knows it as it is between two events. Main thread.
import type { Failure } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import type { Stake } from "../risk/gate.ts";
import type { Pool } from "./pool.ts";
import type { Roll } from "./roll.ts";

const LOST: Failure = { code: "conflict", issue: "the execution's thread was lost meanwhile; ask again" };

const COMING: Failure = {
  code: "conflict",
  issue: "executions are being taken over after a restart, and what they have at stake is not known yet; ask again",
};

/** Of the strategy's open execution; null: there is none, and nothing is at stake. */
export async function stakeOf(
  pool: Pool,
  roll: Roll,
  strategyId: string,
  symbol: string,
  halted: boolean,
): Promise<Result<Stake | null, Failure>> {
  // Before the last of them has claimed what it holds, the figures that all of them share are too low.
  if (roll.expected().length > 0 && !halted) return failed(COMING);
  const entry = roll.of(strategyId);
  if (entry === null) return ok(null);
  const answer = await pool.ask(entry.key, { kind: "stake", symbol });
  if (answer === null) return entry.active ? failed(LOST) : ok(null);
  return ok(answer.stake ?? null);
}
