// Versions that are not deployed yet, on the live events of their symbols: they decide and trade on a paper account that
// nobody keeps, in the threads and by the code of executions, and show what they came to. What becomes of one changes no
// strategy and raises no alert; whoever asked for it judges it. Main thread.
import { failed, ok, type Result } from "../../domain/result.ts";
import type { CompiledStrategy } from "../../sandbox/sandbox.ts";
import type { LiveSoak, SoakSeen } from "../pipeline/pipeline.ts";
import type { Tape } from "../../simulation/simulation.ts";
import type { Strategy } from "../registry/registry.ts";
import { Entry } from "./entry.ts";
import type { ExecutionNews } from "./messages.ts";
import type { Pool } from "./pool.ts";
import type { Roll } from "./roll.ts";
import { beginningOf, orderOf } from "./start.ts";

interface Open {
  readonly entry: Entry;
  breach: string | null;
  fault: string | null;
  lost: string | null;
  tape: Tape | null;
  readonly stop: () => void;
}

/** A busy machine: what its thread has not told by then, nobody hears. One that is lost is not waited for. */
const LAST_NEWS_MS = 10_000;

export class Soaks {
  private readonly pool: Pool;
  private readonly roll: Roll;
  private readonly now: () => number;
  private readonly open = new Map<number, Open>();

  /** `now`: wall clock, integer microseconds. */
  constructor(pool: Pool, roll: Roll, now: () => number) {
    this.pool = pool;
    this.roll = roll;
    this.now = now;
  }

  /** `strategy`: with the parameters and limits of the version. The failure says why it cannot begin. */
  async begin(strategy: Strategy, program: CompiledStrategy): Promise<Result<LiveSoak, string>> {
    const undeployed = { ...strategy, deployedVersion: null, status: "testing" } as const;
    const entry = new Entry(this.roll.nextKey(), beginningOf(undeployed, {}, this.now()));
    entry.program = program;
    const { key } = entry;
    let stop: () => void = () => undefined;
    const over = new Promise<void>((resolve) => {
      stop = resolve;
    });
    const open: Open = { entry, breach: null, fault: null, lost: null, tape: null, stop };
    this.open.set(key, open);
    const begun = await this.pool.begin({ ...orderOf(entry, undeployed), owner: null, taped: true });
    if (begun.ok) return ok({ seen: () => seenOf(open), over, end: () => this.end(key, open) });
    this.forget(key);
    return failed(begun.failure);
  }

  entry(key: number): Entry | null {
    return this.open.get(key)?.entry ?? null;
  }

  /** True: it was about one of these. */
  heard(news: ExecutionNews): boolean {
    const open = this.open.get(news.key);
    if (open === undefined) return false;
    open.entry.take(news);
    open.breach ??= news.breach;
    open.fault ??= news.fault;
    open.tape = news.tape ?? open.tape;
    if (news.ended || news.fault !== null) open.entry.settled(news);
    if (news.breach !== null || news.fault !== null) open.stop();
    return true;
  }

  /** As `heard`: its program is held to have broken its thread. */
  failed(key: number, reason: string): boolean {
    const open = this.open.get(key);
    if (open === undefined) return false;
    open.fault ??= reason;
    open.entry.settled(null);
    open.stop();
    return true;
  }

  /** As `heard`: its thread was lost, and what it had seen with it. */
  lost(key: number): boolean {
    const open = this.open.get(key);
    if (open === undefined) return false;
    open.lost ??= "the thread of its live events was lost";
    open.entry.settled(null);
    open.stop();
    return true;
  }

  private async end(key: number, open: Open): ReturnType<LiveSoak["end"]> {
    if (this.open.has(key) && open.fault === null && open.lost === null) {
      const last = open.entry.lastNews(LAST_NEWS_MS);
      this.pool.send(key, { kind: "end" });
      await last;
    }
    this.forget(key);
    return { seen: seenOf(open), tape: open.tape };
  }

  private forget(key: number): void {
    this.open.delete(key);
    this.pool.forget(key);
  }
}

function seenOf({ entry, breach, fault, lost }: Open): SoakSeen {
  const { tradeCount, pnl, metrics, reigns } = entry.view();
  const events = reigns.reduce((sum, reign) => sum + reign.events, 0);
  return { events, trades: tradeCount, pnl, maxDrawdown: metrics.max_drawdown, breach, fault, lost };
}
