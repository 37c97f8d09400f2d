// Limits that act by themselves: at each look every limit is compared with what it is about, and what it comes to is done
// once: a warning and a breach are told, a breach lets only orders through that make positions smaller, pauses what is in
// its scope, or stops everything. The way back is told as well, and then orders pass again; what was paused stays so until
// a person resumes it. While a breach lasts, what is resumed or started in its scope can only become smaller.
import type { Board, Switch } from "./board.ts";
import type { Holdings, Subject } from "./holdings.ts";
import { limitName, type RiskLimit } from "./limits.ts";
import { holdsBack, standing, type Standing, usage } from "./limit-state.ts";
import type { Action, Metric } from "../../domain/risk-words.ts";
import { METRIC_RULES } from "./metrics.ts";

/** A limit that has changed its standing, for alerts and the audit trail. */
export interface Turn {
  readonly limit: RiskLimit;
  readonly subject: Subject;
  readonly value: number;
  readonly from: Standing;
  readonly to: Standing;
}

export interface Breach {
  readonly limit: RiskLimit;
  readonly name: string | null;
  readonly value: number;
  readonly standing: Standing;
}

/** How far a limit is used by who uses it most. */
export interface Use {
  readonly limit: RiskLimit;
  /** Of the scope; null: the book. */
  readonly name: string | null;
  readonly value: number;
  /** 1 is the limit itself. */
  readonly used: number;
}

interface State {
  standing: Standing;
  value: number;
  /** What is done because of it, and what orders are asked to keep to. */
  action: Action;
  demanded: Switch;
}
interface Watched {
  readonly limit: RiskLimit;
  readonly name: string;
  /** Which of its scope have a limit with their name, of the same metric and level. */
  readonly named: ReadonlySet<string | null>;
  readonly states: Map<Subject, State>;
}

/** Of the book alone. */
export type BookFigures = Readonly<
  Record<"var_95" | "expected_shortfall_95" | "correlation" | "cluster_exposure" | "concentration", number>
>;

export class Watch {
  private readonly board: Board;
  private readonly holdings: Holdings;
  /** Limits with what stands of them; a subject of which nothing does is not here. */
  private watched: readonly Watched[] = [];
  /** By row, what each breach there demands. */
  private readonly demands = new Map<number, Map<string, Switch>>();
  private halted = false;
  /** How often a limit was passed since the start of the process. */
  readonly breaches = new Map<Metric, number>();

  constructor(board: Board, holdings: Holdings) {
    this.board = board;
    this.holdings = holdings;
  }

  /** Other limits from now on; what stood of one that stays, stays. */
  put(limits: readonly RiskLimit[]): void {
    const before = new Map(this.watched.map((one) => [one.name, one.states]));
    const own = limits.filter(({ metric }) => METRIC_RULES[metric].watched);
    this.watched = own.map((limit) => {
      const name = limitName(limit);
      const alike = own.filter((one) => one.scope === limit.scope && one.metric === limit.metric);
      const named = alike.filter((one) => one.level === limit.level && one.name !== null).map((one) => one.name);
      return { limit, name, named: new Set(named), states: before.get(name) ?? new Map<Subject, State>() };
    });
    const kept = new Map(this.watched.map((one) => [one.name, one]));
    for (const [name, states] of before)
      for (const [subject] of states) {
        const now = kept.get(name);
        if (now !== undefined && covers(now, subject)) continue;
        states.delete(subject);
        this.demand(subject, name, "none");
      }
  }

  /** Compares everything; what has changed its standing, worst first. */
  look(figures: BookFigures): readonly Turn[] {
    const turns: Turn[] = [];
    for (const one of this.watched) for (const subject of this.subjects(one)) this.judge(one, subject, figures, turns);
    return turns.toSorted((a, b) => RANK[b.to] - RANK[a.to]);
  }

  /** Of every limit that is looked at while something is held; where nobody is in its scope, of none. */
  usage(figures: BookFigures): readonly Use[] {
    return this.watched.flatMap((one) => {
      const { limit } = one;
      let most: Use | null = null;
      for (const subject of this.subjects(one)) {
        const value = this.valueOf(limit.metric, subject, figures);
        const used = usage(limit.metric, value, limit.limit);
        if (most === null || used > most.used) most = { limit, name: subject.name, value, used };
      }
      return most ?? [];
    });
  }

  /** What is passed now, and warnings. */
  standing(): readonly Breach[] {
    return this.watched.flatMap(({ limit, states }) =>
      [...states].map(([subject, { value, standing: now }]) => ({ limit, name: subject.name, value, standing: now })),
    );
  }

  /** The emergency stop is on or off: it goes before everything else. */
  halt(on: boolean): void {
    this.halted = on;
    this.set(0);
  }

  private *subjects(one: Watched): Generator<Subject> {
    const { scope, name } = one.limit;
    if (name !== null || scope === "book") {
      const subject = this.holdings.find(scope, name);
      if (subject !== null) yield subject;
      return;
    }
    for (const subject of this.holdings.all()) if (covers(one, subject)) yield subject;
  }

  private judge({ limit, name, states }: Watched, subject: Subject, figures: BookFigures, turns: Turn[]): void {
    const value = this.valueOf(limit.metric, subject, figures);
    const known = states.get(subject);
    const from = known?.standing ?? "clear";
    const to = standing(from, limit, value);
    if (to === "clear" && known === undefined) return;
    const action = to === "breached" ? limit.action : "alert";
    const held = to === "breached" && holdsBack(limit);
    const demanded = !held ? "none" : limit.level === "warning" ? "reduce_soft" : "reduce_only";
    // Somebody may have set another action while it lasts: a stricter one is taken, and told, as if it came now.
    const stricter = STRICTNESS[action] > STRICTNESS[known?.action ?? "alert"];
    if (demanded !== (known?.demanded ?? "none")) this.demand(subject, name, demanded);
    if (to === "clear") states.delete(subject);
    else if (known !== undefined) Object.assign(known, { standing: to, value, action, demanded });
    else states.set(subject, { standing: to, value, action, demanded });
    if (to === "breached" && from !== "breached")
      this.breaches.set(limit.metric, (this.breaches.get(limit.metric) ?? 0) + 1);
    if (to !== from || stricter) turns.push({ limit, subject, value, from, to });
  }

  /** `key`: of the limit that demands it. */
  private demand(subject: Subject, key: string, to: Switch): void {
    const row = this.board.row(subject.scope, subject.name ?? "");
    if (row < 0) return;
    const wanted = this.demands.get(row) ?? new Map<string, Switch>();
    if (to === "none" && !wanted.has(key)) return;
    this.demands.set(row, wanted);
    if (to === "none") wanted.delete(key);
    else wanted.set(key, to);
    this.set(row);
  }

  private set(row: number): void {
    const wanted = [...(this.demands.get(row)?.values() ?? [])];
    const strictest: Switch = wanted.includes("reduce_only")
      ? "reduce_only"
      : wanted.length > 0
        ? "reduce_soft"
        : "none";
    this.board.setSwitch(row, row === 0 && this.halted ? "halted" : strictest);
  }

  private valueOf(metric: Metric, subject: Subject, figures: BookFigures): number {
    switch (metric) {
      case "gross_exposure":
        return subject.gross;
      case "net_exposure":
        return subject.net;
      case "position":
        return subject.largest;
      case "leverage":
        return subject.leverage;
      case "daily_loss":
        return subject.daily;
      case "drawdown":
        return subject.drawdown;
      case "max_trades_per_day":
        return this.trades(subject);
      case "orders_per_second":
      case "price_collar_bps":
        return 0;
      case "var_95":
      case "expected_shortfall_95":
      case "correlation":
      case "cluster_exposure":
      case "concentration":
        return figures[metric];
    }
  }

  private trades({ scope, name }: Subject): number {
    const row = this.board.find(scope, name ?? "");
    return row < 0 ? 0 : this.board.counts(row).trades;
  }
}

const STRICTNESS: Readonly<Record<Action, number>> = { alert: 0, reduce_only: 1, pause: 2, emergency_stop: 3 };
const RANK: Readonly<Record<Standing, number>> = { clear: 0, warned: 1, breached: 2 };

/** A limit for all of a kind stands back behind one with a name. */
function covers({ limit, named }: Watched, subject: Subject): boolean {
  if (limit.scope !== subject.scope) return false;
  return limit.name !== null || limit.scope === "book" ? limit.name === subject.name : !named.has(subject.name);
}
