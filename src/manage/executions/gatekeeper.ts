// Where an execution may open positions. The verdict on a symbol is worked out once for a table of gates and then a look
// into a list, made once for each event before any version sees it, so it is the same for all of them. A table counts from
// the event of its number on, which is the same for all executions in all threads, whenever they come to it.
import { type Gate, gatesOpen } from "../../domain/gate.ts";
import type { Action } from "../../domain/signal.ts";

export interface GateTable {
  readonly strategyId: string;
  /** The first event that it counts for. */
  readonly from: number;
  readonly gates: readonly Gate[];
}

export class Gatekeeper {
  private readonly names: readonly string[];
  private readonly due: GateTable[] = [];
  private table: GateTable | null = null;
  /** By place. */
  private readonly verdicts: (boolean | undefined)[] = [];

  /** `names`: of symbols by their places, which may become more. */
  constructor(names: readonly string[], tables: readonly GateTable[]) {
    this.names = names;
    this.due.push(...tables);
  }

  /** Later than all before. */
  add(table: GateTable): void {
    this.due.push(table);
  }

  /** At the event of this number, or behind. */
  opens(place: number, sequence: number): boolean {
    while (this.due[0] !== undefined && this.due[0].from <= sequence) {
      this.table = this.due.shift() ?? null;
      this.verdicts.length = 0;
    }
    const { table } = this;
    if (table === null || table.gates.length === 0) return true;
    return (this.verdicts[place] ??= gatesOpen(table.gates, table.strategyId, this.names[place] ?? ""));
  }
}

/** Tables that an event behind the one of this number may still need, in their order: what counts from then on first. */
export function needed(tables: readonly GateTable[], sequence: number): readonly GateTable[] {
  return tables.filter((table, index) => {
    const next = tables[index + 1];
    return next === undefined || next.from > Math.max(sequence + 1, table.from);
  });
}

/** What is left of a decision or a signal where no position may be opened: what closes one. */
export function closingOf<T extends { readonly action: Action }>(decision: T | null, held: number): T | null {
  if (decision === null || held === 0 || decision.action === "exit") return held === 0 ? null : decision;
  const closes = (decision.action === "sell") === held > 0;
  return closes ? { ...decision, action: "exit" } : null;
}
