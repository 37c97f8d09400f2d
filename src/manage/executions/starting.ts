// The start of an execution: whether there may be one, its row in the store, its beginning in a thread of the pool, and what
// becomes of it when strategy or engine are others by then. Main thread.
import type { Failure } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import type { Budget } from "../../sandbox/sandbox.ts";
import type { JsonObject } from "../../store/strategies.ts";
import type { Strategy } from "../registry/registry.ts";
import { Entry, type Execution } from "./entry.ts";
import type { LiveOrders } from "./live-orders.ts";
import type { RevivalParts } from "./revival.ts";
import { beginningOf, configFault, forbids, openFault, orderOf, roomFault, startFault, type Stored } from "./start.ts";

type Shared = "ledger" | "pool" | "roll" | "audience" | "hearing" | "now";
type Asked = "strategy" | "compiled" | "shares" | "gates" | "rebalance" | "halted";

export interface StartingParts extends Pick<RevivalParts, Shared | Asked> {
  readonly live: LiveOrders;
  /** Over all users' code; null: there is none. */
  readonly budget: Budget | null;
  /** Brings what was deployed meanwhile to it. */
  readonly retune: (entry: Entry, strategy: Strategy) => void;
}

const UNCONFIRMED = "start_not_confirmed";

export class Starting {
  private readonly parts: StartingParts;

  constructor(parts: StartingParts) {
    this.parts = parts;
  }

  /** One at a time for each strategy. */
  async start(strategyId: string, config: JsonObject, store: Stored): Promise<Result<Execution, Failure>> {
    const { live, budget, roll, ledger, hearing, now } = this.parts;
    const strategy = this.parts.strategy(strategyId);
    if (strategy === null) return failed({ code: "not_found", kind: "strategy", id: strategyId });
    if (this.parts.halted()) return failed({ code: "emergency_stop_active" });
    const fault = openFault(roll.of(strategyId)) ?? startFault(strategy) ?? configFault(config, strategy);
    if (fault !== null) return failed(fault);
    const unfit = config["mode"] === "live" ? live.fault(strategy, config, await this.parts.shares(strategy)) : null;
    if (unfit !== null) return failed({ code: "conflict", issue: `mode live is refused: ${unfit}` });
    const program = await this.parts.compiled(strategy);
    if (!program.ok) return program;
    const crowded = program.value === null ? null : roomFault(program.value, budget);
    if (crowded !== null) return failed(crowded);
    const entry = new Entry(roll.nextKey(), beginningOf(strategy, config, now()));
    entry.program = program.value;
    entry.shares = await this.parts.shares(strategy);
    const stored = await store(entry.view(), [ledger.insert(entry.record)]);
    if (!stored.ok) {
      // In doubt: a row that is there after all must not go on in the next process, for nobody was told of it.
      const over = { status: "stopped", stopReason: UNCONFIRMED, endTime: now() } as const;
      if (stored.failure.code === "storage_unavailable") ledger.update({ ...entry.record, ...over });
      return stored;
    }
    hearing.enter(entry);
    return this.begun(entry, strategy);
  }

  /** `before`: as it was when the start was asked for; it may have changed, or gone, while that was stored. */
  private async begun(entry: Entry, before: Strategy): Promise<Result<Execution, Failure>> {
    const { hearing, gates, pool, ledger, audience, rebalance, retune } = this.parts;
    const { strategyId } = before;
    const now = this.parts.strategy(strategyId);
    if (now === null || forbids(before, now)) {
      await hearing.end(entry, "stopped", now === null ? "deleted" : "requested");
      if (now === null) return failed({ code: "not_found", kind: "strategy", id: strategyId });
      return failed({ code: "conflict", issue: `the strategy became ${now.status} while it was started` });
    }
    if (now.status === "paused") entry.record = { ...entry.record, status: "paused" };
    entry.gates = gates(strategyId);
    const beginning = pool.begin(orderOf(entry, now));
    if (now.deployedVersion !== before.deployedVersion) retune(entry, now);
    const begun = await beginning;
    if (begun.ok && entry.active && !this.parts.halted()) {
      if (now.status === "paused") ledger.update(entry.record);
      entry.begun = true;
      audience.event("started", entry);
      await rebalance(entry);
      return ok(entry.view());
    }
    await hearing.end(entry, "error", begun.ok ? "emergency_stop" : "program", begun.ok ? null : begun.failure);
    if (this.parts.halted()) return failed({ code: "emergency_stop_active" });
    const why = begun.ok ? "it was ended" : begun.failure;
    return failed({ code: "conflict", issue: `the strategy cannot begin: ${why}` });
  }
}
