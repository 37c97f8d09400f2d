// How the versions of a strategy share the symbols of the execution that is open, brought to its thread: when the weights
// are set, and behind its beginning where they were set while it was on its way and could not hear of it. Main thread.
import { failed, ok, type Result } from "../../domain/result.ts";
import type { Strategy } from "../registry/registry.ts";
import type { Entry } from "./entry.ts";
import type { Shares } from "./messages.ts";
import type { Pool } from "./pool.ts";
import type { Roll } from "./roll.ts";
import { isLive } from "./start.ts";

export interface BalancingParts {
  readonly strategy: (strategyId: string) => Strategy | null;
  /** Null: they do not. */
  readonly shares: (strategy: Strategy) => Promise<Shares | null>;
  readonly roll: Roll;
  readonly pool: Pool;
}

export class Balancing {
  private readonly parts: BalancingParts;

  constructor(parts: BalancingParts) {
    this.parts = parts;
  }

  /** The first event that is decided so, null where nothing runs; the failure says why it cannot be. */
  async balance(strategyId: string, fresh = false): Promise<Result<number | null, string>> {
    const shares = await this.shares(strategyId);
    const entry = this.parts.roll.of(strategyId);
    if (entry === null) return ok(null);
    if (shares !== null && isLive(entry.record)) return failed("versions cannot share symbols of a live execution");
    const before = entry.shares;
    if (before === null && shares === null) return ok(null);
    entry.shares = shares;
    const answer = await this.parts.pool.ask(entry.key, { kind: "balance", shares, fresh });
    // Its thread was lost, or does not have it yet: it begins with what the entry holds.
    if (answer === null || answer.sequence < 0) return ok(null);
    if (answer.fault === null) return ok(answer.sequence);
    if (entry.shares === shares) entry.shares = before;
    return failed(answer.fault);
  }

  /** What it began with is not what holds now. */
  async catchUp(entry: Entry): Promise<void> {
    const { strategyId } = entry.record;
    const shares = await this.shares(strategyId);
    if (entry.active && weightsOf(shares) !== weightsOf(entry.shares)) await this.balance(strategyId);
  }

  private async shares(strategyId: string): Promise<Shares | null> {
    const strategy = this.parts.strategy(strategyId);
    return strategy === null ? null : this.parts.shares(strategy);
  }
}

function weightsOf(shares: Shares | null): string {
  const weights = Object.entries(shares?.weights ?? {});
  return JSON.stringify(weights.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
