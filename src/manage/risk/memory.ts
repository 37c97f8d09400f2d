// What risk remembers over a restart: limits that were set, whether the emergency stop is on, what the book has made today,
// its last day of steps, and how far book and families are below their highest capital. The first two are stored with their
// entry in the audit trail, the others every ten seconds, where they changed: a step takes the place of the one of a day
// ago, and has with it what moved in it. Steps are numbered; since which one a strategy is among them is stored once.
import { riskTable } from "../../store/operations.ts";
import type { Store } from "../../store/store.ts";
import type { JsonObject } from "../../store/strategies.ts";
import type { Log } from "../../telemetry/log.ts";
import { KEPT, REMEMBERED, type Step } from "./course.ts";
import type { Fallen } from "./holdings.ts";
import type { GivenLimit } from "./limits.ts";

export interface Kept {
  /** Null: none were ever set. */
  readonly limits: readonly GivenLimit[] | null;
  readonly stopped: boolean;
  readonly day: { readonly day: number; readonly profit: number } | null;
  /** Oldest first. */
  readonly steps: readonly Step[];
  readonly fallen: Fallen;
}

interface Stood {
  readonly day: number;
  readonly profit: number;
  readonly step: Step | null;
  readonly fallen: Fallen;
}

type StoredStep = Omit<Step, "moves"> & { readonly number: number };

const STEP = "step:";
const MOVES = "moves:";
const SERIES = "series";

export class Memory {
  private readonly store: Store;
  private readonly log: Log;
  private last: number | null = null;
  private fallen = "{}";
  /** Number of the next step. */
  private next = 0;
  /** Since which step each strategy is among those that count. */
  private series: Record<string, number> = {};
  /** The last ones were not stored: what is the same since then has to be stored once more. */
  private behind = false;
  private writing: Promise<unknown> = Promise.resolve();

  constructor(store: Store, log: Log) {
    this.store = store;
    this.log = log;
  }

  async load(): Promise<Kept> {
    const all = await riskTable.load(this.store);
    const rows = new Map(all.map(({ name, value }) => [name, value]));
    const limits = rows.get("limits")?.["limits"];
    const [day, profit] = [rows.get("day")?.["day"], rows.get("day")?.["profit"]];
    const steps = all
      .filter(({ name }) => name.startsWith(STEP))
      .map(({ value }) => value as unknown as StoredStep)
      .toSorted((a, b) => a.number - b.number); // their times may have fallen with the clock
    this.next = (steps.at(-1)?.number ?? -1) + 1;
    this.series = (rows.get(SERIES) ?? {}) as Record<string, number>;
    const fallen = (rows.get("fallen") ?? {}) as Fallen;
    // What is stored and not true any more has to be written over, and be it by nothing.
    this.fallen = JSON.stringify(fallen);
    const moves = (number: number): Step["moves"] => {
      if (number < this.next - REMEMBERED) return {};
      const row = rows.get(`${MOVES}${number % REMEMBERED}`);
      const moved = row?.["of"] === number ? (row["moves"] as Step["moves"]) : {};
      const there = Object.entries(this.series).filter(([, since]) => since <= number);
      return Object.fromEntries(there.map(([name]) => [name, moved[name] ?? 0]));
    };
    return {
      limits: Array.isArray(limits) ? (limits as readonly GivenLimit[]) : null,
      stopped: rows.get("emergency_stop")?.["on"] === true,
      day: typeof day === "number" && typeof profit === "number" ? { day, profit } : null,
      steps: steps.map(({ number, ...step }) => ({ ...step, moves: moves(number) })),
      fallen,
    };
  }

  /** With each step of the course: what the day came to, the step itself, and how far everything is below its highest. */
  keep({ day, profit, step, fallen }: Stood, now: number): void {
    const row = (name: string, value: JsonObject) => riskTable.put({ name, value, updatedAt: now });
    const { behind } = this;
    this.behind = false;
    const rows = profit === this.last && !behind ? [] : [row("day", { day, profit })];
    this.last = profit;
    if (step !== null) {
      const { moves, ...rest } = step;
      const number = this.next++;
      rows.push(row(`${STEP}${number % KEPT}`, { ...rest, number }));
      const moved = Object.fromEntries(Object.entries(moves).filter(([, move]) => move !== 0));
      if (Object.keys(moved).length > 0) rows.push(row(`${MOVES}${number % REMEMBERED}`, { of: number, moves: moved }));
      if (this.follow(Object.keys(moves), number) || behind) rows.push(row(SERIES, this.series));
    }
    const told = JSON.stringify(fallen);
    if (told !== this.fallen || behind) rows.push(row("fallen", fallen));
    this.fallen = told;
    if (rows.length === 0) return;
    this.writing = this.store.commit(rows).then((kept) => {
      if (kept.ok) return;
      this.behind = true;
      this.log.error("what risk has seen could not be stored", { code: kept.failure.code });
    });
  }

  /** Whether other strategies are among the steps than before. */
  private follow(names: readonly string[], number: number): boolean {
    const before = this.series;
    const same = names.length === Object.keys(before).length && names.every((name) => name in before);
    if (!same) this.series = Object.fromEntries(names.map((name) => [name, before[name] ?? number]));
    return !same;
  }

  async close(): Promise<void> {
    await this.writing;
  }
}
