// What all executions hold and what it has come to, by book, family, strategy and symbol. A fill changes one lot, in a
// step of its own; marking looks at each lot once. Profit is exact to the fills: what was paid and got, and what is held
// at its last price; what an execution made besides (fundings) is told by its own figures. Units of account. Main thread.
import type { Scope } from "../../domain/risk-words.ts";

/** An execution that trades. */
export interface Party {
  readonly executionId: string;
  readonly strategyId: string;
  readonly family: string | null;
  readonly override: boolean;
  /** With which it began. */
  readonly capital: number;
}

/** By book and family: the fall from the highest capital as a share of it, not above 0. */
export type Fallen = Readonly<Record<string, number>>;

/** The book, a family, a strategy or a symbol. Figures are those of the last marking. */
export class Subject {
  readonly scope: Scope;
  /** Null: the book. */
  readonly name: string | null;
  gross = 0;
  net = 0;
  /** Since the start of the process, executions that are over included. */
  pnl = 0;
  /** Of executions that are over. */
  carried = 0;
  /** Capital of the executions that are open. */
  capital = 0;
  /** Profit at the beginning of the day. */
  dayBegan = 0;
  /** What executions that are over took with them, and the highest that the capital of the others came to. */
  left = 0;
  highest = 0;
  /** Value of the largest position of one execution, and the highest multiple of its equity that one has at stake. */
  largest = 0;
  leverage = 0;

  constructor(scope: Scope, name: string | null) {
    this.scope = scope;
    this.name = name;
  }

  get daily(): number {
    return this.pnl - this.dayBegan;
  }
  /** Capital with what it has come to. */
  get equity(): number {
    return this.capital + this.pnl - this.left;
  }
  /** From the highest capital; not above 0. With nothing open there is none. */
  get drawdown(): number {
    return this.capital > 0 && this.highest > 0 ? Math.max(-1, Math.min(0, this.equity / this.highest - 1)) : 0;
  }
  /** It is at least so far below its highest capital. */
  fall(share: number): void {
    if (share > -1 && share < 0) this.highest = Math.max(this.highest, this.equity / (1 + share));
  }
  /** Capital is put in: a loss stays the same amount. */
  join(capital: number): void {
    this.highest = capital + (this.capital > 0 ? this.highest : 0);
    this.capital += capital;
  }
  /** Capital is taken out with what it came to: a loss stays the same share. */
  leave(capital: number, pnl: number): void {
    const before = this.equity;
    this.capital -= capital;
    this.left += pnl;
    const after = this.equity;
    this.highest =
      this.capital > 0 && before > 0 && after > 0 ? this.highest * (after / before) : Math.max(0, this.capital);
  }
}

export interface Lot {
  readonly symbol: string;
  /** Signed units. */
  quantity: number;
  /** Money that came in less money that went out, fees included. */
  cash: number;
  readonly subjects: readonly Subject[];
  /** Held since an earlier life, and no price of this one is known: it counts as bought at the first one. */
  unpriced: boolean;
}

interface Open {
  readonly party: Party;
  readonly lots: Map<string, Lot>;
  /** Family, if there is one, and strategy. */
  readonly subjects: readonly Subject[];
  /** What it made besides its fills. */
  besides: number;
  pnl: number;
}

export class Holdings {
  readonly book = new Subject("book", null);
  private readonly parties = new Map<string, Open>();
  private readonly subjects = new Map<string, Subject>();
  private readonly prices = new Map<string, number>();
  private unpriced: readonly Lot[] = [];
  private readonly fallen = new Map<string, number>();

  /** Executions that trade. */
  get size(): number {
    return this.parties.size;
  }

  /** As it was when the process before ended: those that go on go on below their highest capital. */
  restore(fallen: Fallen): void {
    for (const [name, share] of Object.entries(fallen)) this.fallen.set(name, share);
  }
  /** How far book and families are below it. */
  stood(): Fallen {
    const found: Record<string, number> = {};
    for (const { scope, name, drawdown } of this.all())
      if (scope !== "strategy" && scope !== "symbol" && drawdown < 0) found[keyOf(scope, name)] = drawdown;
    return found;
  }
  /** An execution of the strategy goes on that was so far below its highest capital. */
  fell(strategyId: string, share: number): void {
    this.find("strategy", strategyId)?.fall(share);
  }

  /** `resumed`: in another process than that in which it began. */
  open(party: Party, resumed = false): void {
    if (this.parties.has(party.executionId)) return;
    const { family, strategyId } = party;
    const subjects = [
      this.book,
      ...(family === null ? [] : [this.subject("family", family)]),
      this.subject("strategy", strategyId),
    ];
    this.parties.set(party.executionId, { party, lots: new Map(), subjects, besides: 0, pnl: 0 });
    for (const subject of subjects) {
      subject.join(party.capital);
      if (resumed) subject.fall(this.fallen.get(keyOf(subject.scope, subject.name)) ?? 0);
    }
  }

  /** It is over: what it came to stays in the figures of the day, what it held is held no more. */
  close(executionId: string): void {
    const open = this.parties.get(executionId);
    if (open === undefined) return;
    this.parties.delete(executionId);
    let whole = open.besides;
    for (const lot of open.lots.values()) {
      const pnl = lot.cash + lot.quantity * (this.prices.get(lot.symbol) ?? 0);
      for (const subject of lot.subjects) subject.carried += pnl;
      whole += pnl;
    }
    for (const subject of open.subjects) {
      subject.leave(open.party.capital, whole);
      subject.carried += open.besides;
    }
  }

  trade(executionId: string, symbol: string, units: number, price: number, fee: number): void {
    const open = this.parties.get(executionId);
    if (open === undefined) return;
    const lot = this.lotOf(open, symbol);
    if (lot.unpriced) enter(lot, price);
    const rest = lot.quantity + units;
    lot.quantity = Math.abs(rest) <= DUST * Math.abs(units) ? 0 : rest;
    lot.cash -= units * price + fee;
    if (!this.prices.has(symbol)) this.prices.set(symbol, price);
  }

  /** What it holds since an earlier life beside what it traded since; `price`: at which it counts until there is one. */
  recall(executionId: string, symbol: string, units: number, price: number): void {
    const open = this.parties.get(executionId);
    if (open === undefined) return;
    const lot = this.lotOf(open, symbol);
    const at = this.prices.get(symbol) ?? price;
    lot.unpriced = lot.quantity === 0 && lot.cash === 0;
    lot.quantity += units;
    lot.cash -= units * at;
    this.prices.set(symbol, at);
    if (lot.unpriced) this.unpriced = [...this.unpriced, lot];
  }

  /** While it holds nothing, what it made besides its fills is what its own figures have more. */
  reconcile(executionId: string, pnl: number): void {
    const open = this.parties.get(executionId);
    if (open === undefined) return;
    let cash = 0;
    for (const lot of open.lots.values()) {
      if (lot.quantity !== 0) return;
      cash += lot.cash;
    }
    open.besides = pnl - cash;
  }

  /** Everything at its last price. `price`: null where there is none yet. */
  mark(price: (symbol: string) => number | null): void {
    for (const lot of this.unpriced) {
      const first = price(lot.symbol);
      if (first !== null && lot.unpriced) enter(lot, first);
    }
    if (this.unpriced.length > 0) this.unpriced = this.unpriced.filter((lot) => lot.unpriced);
    for (const [symbol, before] of this.prices) this.prices.set(symbol, price(symbol) ?? before);
    for (const subject of this.all()) {
      subject.gross = subject.net = subject.largest = subject.leverage = 0;
      subject.pnl = subject.carried;
    }
    for (const open of this.parties.values()) this.markOne(open);
    for (const subject of this.all()) subject.highest = Math.max(subject.highest, subject.equity);
  }

  /** From here on a new day is counted. */
  newDay(): void {
    for (const subject of this.all()) subject.dayBegan = subject.pnl;
  }

  /** All that are known, the book first. */
  *all(): IterableIterator<Subject> {
    yield this.book;
    yield* this.subjects.values();
  }
  find(scope: Scope, name: string | null): Subject | null {
    return scope === "book" ? this.book : (this.subjects.get(`${scope}:${name ?? ""}`) ?? null);
  }

  /** Open executions in a scope; of a symbol those that hold it. */
  within({ scope, name }: Subject): readonly Party[] {
    const found: Party[] = [];
    for (const { party, lots } of this.parties.values()) {
      const inside =
        scope === "book" ||
        (scope === "family" && party.family === name) ||
        (scope === "strategy" && party.strategyId === name) ||
        (scope === "symbol" && (lots.get(name ?? "")?.quantity ?? 0) !== 0);
      if (inside) found.push(party);
    }
    return found;
  }

  private markOne(open: Open): void {
    let [gross, pnl] = [0, open.besides];
    for (const lot of open.lots.values()) {
      const value = lot.quantity === 0 ? 0 : lot.quantity * (this.prices.get(lot.symbol) ?? 0);
      const size = Math.abs(value);
      gross += size;
      pnl += lot.cash + value;
      for (const subject of lot.subjects) {
        subject.gross += size;
        subject.net += value;
        subject.pnl += lot.cash + value;
        if (size > subject.largest) subject.largest = size;
      }
    }
    open.pnl = pnl;
    const equity = open.party.capital + pnl;
    const leverage = gross === 0 ? 0 : equity > 0 ? gross / equity : LEVERAGE_MAX;
    for (const subject of open.subjects) {
      subject.pnl += open.besides;
      if (leverage > subject.leverage) subject.leverage = leverage;
    }
  }

  private lotOf(open: Open, symbol: string): Lot {
    const known = open.lots.get(symbol);
    if (known !== undefined) return known;
    const subjects = [...open.subjects, this.subject("symbol", symbol)];
    const lot = { symbol, quantity: 0, cash: 0, subjects, unpriced: false };
    open.lots.set(symbol, lot);
    return lot;
  }

  private subject(scope: Scope, name: string): Subject {
    const key = `${scope}:${name}`;
    const known = this.subjects.get(key) ?? new Subject(scope, name);
    this.subjects.set(key, known);
    return known;
  }
}

/** What it holds is counted as bought at this price. */
function enter(lot: Lot, price: number): void {
  lot.cash = -lot.quantity * price;
  lot.unpriced = false;
}

function keyOf(scope: Scope, name: string | null): string {
  return name === null ? scope : `${scope}:${name}`;
}

const DUST = 1e-12;
const LEVERAGE_MAX = 1e6;
