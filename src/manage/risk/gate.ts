// The gate of one account: every order goes through it before it enters, in the thread that trades. What an order and a
// position could come to at worst, if all buys or all sells were filled, is claimed on the board in all scopes at once:
// reserved when an order is admitted, given back when it ends, kept as position when it is filled. What is claimed is
// valued anew with each change of its symbol, and by `mark`.
// An order that can only make a position smaller always passes, except when the book is halted; where it passes only
// because of that, it is made one that can do nothing else, whatever the position comes to later.
import { type Admission, type Order, type OrderRequest, REDUCE_ONLY } from "../../simulation/simulation.ts";
import { type Board, POSITION, PRICE_COLLAR, type Rows } from "./board.ts";
import {
  countsAt,
  distanceOf,
  isKept,
  onlyReduces,
  type Open,
  type OpenClaim,
  openOf,
  type Worst,
  worst,
} from "./claims.ts";
import { beyond, beyondPower, demandOf, NO_PRICE, ONLY_REDUCING, STOPPED } from "./refusals.ts";
import type { Stake } from "./stake.ts";
import type { Terms } from "./terms.ts";

export type { Stake } from "./stake.ts";
export { StandIns } from "./stand-ins.ts";

/** Whose orders they are. */
export interface GateOwner {
  readonly strategyId: string;
  readonly family: string | null;
  /** Limits of the level `warning` do not bind it. */
  readonly override: boolean;
}

/** The place at the board of whoever trades. */
export interface Seat {
  readonly board: Board;
  readonly owner: GateOwner;
  /** Orders that were refused, of all accounts of the owner. */
  readonly refusals: Refusals;
}
export interface Refusals {
  count: number;
  /** Why the last one was. */
  reason: string | null;
}

/** What the gate asks of the account. */
export interface GateAccount {
  /** Signed units. */
  held(symbol: number): number;
  mark(symbol: number): number;
  /** Units of account. */
  equity(): number;
  name(symbol: number): string;
}

interface Claim {
  readonly rows: Rows;
  terms: Terms;
  /** All that is open, and by the number of the order. */
  readonly all: Set<Open>;
  readonly open: Map<number, Open>;
  /** Admitted and not entered yet. */
  readonly coming: Open[];
  gross: number;
  up: number;
  down: number;
}

const MILLION = 1_000_000;

export class Gate {
  private readonly board: Board;
  private readonly owner: GateOwner;
  private readonly refusals: Refusals;
  private readonly account: GateAccount;
  private readonly family: number;
  private readonly strategy: number;
  private readonly claims: (Claim | undefined)[] = [];
  /** Of all symbols. */
  private gross = 0;

  constructor({ board, owner, refusals }: Seat, account: GateAccount) {
    this.refusals = refusals;
    this.board = board;
    this.owner = owner;
    this.account = account;
    this.family = owner.family === null ? -1 : board.row("family", owner.family);
    this.strategy = board.row("strategy", owner.strategyId);
  }

  /** Where the order may enter, what it could come to is claimed. `amends`: which it changes. */
  admit(request: OrderRequest, position: number, price: number, amends: Order | null = null): Admission {
    const claim = this.claimOf(request.symbol);
    const said = typeof claim === "string" ? claim : this.judged(claim, request, position, price, amends);
    if (typeof said !== "string") return said;
    this.refusals.count++;
    this.refusals.reason = said;
    if (typeof claim !== "string") this.board.refuse(claim.rows);
    return said;
  }

  /** What there is of a symbol, and of all of them; -1: of none that is traded. */
  stake(symbol: number): Stake {
    const { account, owner, gross } = this;
    const claim = this.claims[symbol];
    const open = [...(claim?.all ?? [])].map(({ sign, units, price }) => ({ sign, units, price }));
    const { gross: own, up, down } = claim ?? { gross: 0, up: 0, down: 0 };
    const [held, mark] = symbol < 0 ? [0, 0] : [account.held(symbol), account.mark(symbol)];
    const claimed = { gross: own, up, down };
    return { override: owner.override, held, mark, equity: account.equity(), gross, claimed, open };
  }

  /** Values everything that is claimed at the last prices. */
  mark(): void {
    for (let symbol = 0; symbol < this.claims.length; symbol++) {
      const claim = this.claims[symbol];
      if (claim === undefined || claim.gross === 0) continue;
      const price = this.account.mark(symbol);
      for (const one of claim.all)
        if (one.order !== null) one.price = Math.max(countsAt(one.order, price), one.promise?.at ?? 0);
      this.settle(symbol, claim);
    }
  }

  /** An admitted order does not enter after all. */
  withdraw(symbol: number): void {
    const claim = this.claims[symbol];
    if (claim === undefined) return;
    for (const one of claim.coming.splice(0)) {
      claim.all.delete(one);
      this.board.uncountTrade(claim.rows, one.countedOn);
    }
    this.settle(symbol, claim);
  }

  /** An order has changed its state, or a part of it was filled. */
  changed(order: Order): void {
    const { id, symbol, filled, state, reduceOnly } = order;
    if (reduceOnly) {
      if (filled > 0) this.moved(symbol);
      return;
    }
    const claim = this.claimOf(symbol);
    if (typeof claim === "string") return;
    const over = state === "filled" || state === "cancelled" || state === "rejected" || state === "expired";
    const known = claim.open.get(id) ?? claim.coming.shift() ?? openOf(order, this.account.mark(symbol));
    known.order = order;
    // Until the order has come to what was promised of it, both that and the order as it is are claimed.
    if (known.promise !== null && isKept(known.promise, order)) known.promise = null;
    known.units = Math.max(order.quantity, known.promise?.quantity ?? 0) - filled;
    const mark = order.limit === null && order.stop === null ? known.price : this.account.mark(symbol);
    known.price = Math.max(countsAt(order, mark), known.promise?.at ?? 0);
    if (over) this.forget(claim, order, known);
    else {
      claim.open.set(id, known);
      claim.all.add(known);
    }
    this.settle(symbol, claim);
  }

  /** A position is another one than before. */
  moved(symbol: number): void {
    const claim = this.claimOf(symbol);
    if (typeof claim !== "string") this.settle(symbol, claim);
  }

  /**
   * Where only what leaves a position may pass by now, nothing else stays open. `take`: takes it back for this reason;
   * the orders that can only make the position of the symbol smaller from then on.
   */
  restrain(take: (symbol: number, reason: string) => readonly Order[]): void {
    const { board, owner } = this;
    for (const [symbol, claim] of this.claims.entries()) {
      if (claim === undefined || claim.open.size === 0) continue;
      const { level } = board.terms(claim.rows, owner.override);
      if (demandOf(level, owner.override) !== "to reduce") continue;
      for (const order of take(symbol, ONLY_REDUCING)) {
        const known = claim.open.get(order.id);
        if (known !== undefined) this.forget(claim, order, known);
      }
      this.settle(symbol, claim);
    }
  }

  /** The account is over: everything is given back. */
  release(): void {
    for (const claim of this.claims) {
      if (claim === undefined) continue;
      this.board.add(claim.rows, -claim.gross, -claim.up, -claim.down);
      claim.gross = claim.up = claim.down = 0;
    }
    this.claims.length = 0;
    this.gross = 0;
  }

  private judged(
    claim: Claim,
    request: OrderRequest,
    position: number,
    price: number,
    amends: Order | null,
  ): Admission {
    const { rows } = claim;
    if (claim.terms.version !== this.board.version) claim.terms = this.board.terms(rows, this.owner.override);
    const { level, collar } = claim.terms;
    const demand = demandOf(level, this.owner.override);
    if (demand === "to stay out") return STOPPED;
    if (request.reduceOnly === true) return null;
    const known = amends === null ? undefined : this.knownOf(claim, amends);
    const sign = request.side === "buy" ? 1 : -1;
    const whole = this.unitsOf(request, sign * position, price);
    const units = whole - (amends?.filled ?? 0);
    const moved = amends === null || (request.limit ?? null) !== amends.limit || (request.stop ?? null) !== amends.stop;
    const at = moved || known === undefined ? countsAt(request, price) : known.price;
    const more = units - (known?.units ?? 0);
    const leaves = onlyReduces(claim.all, sign, more, position);
    const reduces = leaves || (known !== undefined && more <= 0 && at <= known.price);
    // At another price it may be filled, where as it was it might never have been, whatever is claimed of it.
    const from = known?.promise ?? amends;
    const same =
      from !== null && request.limit === (from.limit ?? undefined) && request.stop === (from.stop ?? undefined);
    if (demand === "to reduce" && !leaves && (!same || !reduces)) return ONLY_REDUCING;
    if (!reduces && !(at > 0)) return NO_PRICE;
    if (!reduces || (amends !== null && moved)) {
      const distance = distanceOf(request, price);
      if (distance > collar.limit) return beyond(PRICE_COLLAR, collar.scope, distance, collar.limit);
    }
    if (
      leaves &&
      (demand === "to reduce" || this.hindered(claim, { sign, units, price: at }, position, price, known))
    ) {
      if (amends !== null && known !== undefined) this.forget(claim, amends, known);
      this.settle(request.symbol, claim);
      return REDUCE_ONLY;
    }
    return this.reserve(claim, { request, sign, units, whole, at, position, price, reduces }, known);
  }

  /** Whether a limit would refuse an order, did it not leave the position. */
  private hindered(claim: Claim, order: OpenClaim, position: number, price: number, known: Open | undefined): boolean {
    const { rows, terms } = claim;
    const to = worst([...[...claim.all].filter((one) => one !== known), order], position, price);
    const [gross, up, down] = [to.gross - claim.gross, to.up - claim.up, to.down - claim.down];
    const addition = { gross, up, down, buys: order.sign > 0, fresh: known === undefined };
    return this.beyondOwn(terms, to.gross, gross) !== null || this.board.hindrance(rows, terms, addition) !== null;
  }

  /** An order that is over, or from now on can only make the position smaller. */
  private forget(claim: Claim, { id, filled }: Order, known: Open): void {
    claim.open.delete(id);
    claim.all.delete(known);
    if (filled === 0) this.board.uncountTrade(claim.rows, known.countedOn);
  }

  private knownOf(claim: Claim, order: Order): Open {
    const known = claim.open.get(order.id) ?? openOf(order, this.account.mark(order.symbol));
    claim.open.set(order.id, known);
    claim.all.add(known);
    return known;
  }

  private reserve(claim: Claim, wanted: Wanted, known: Open | undefined): string | null {
    const { request, sign, units, whole, at, position, price, reduces } = wanted;
    const entry = known ?? { sign, units, price: at, order: null, promise: null, countedOn: Number.NaN };
    const before = { units: entry.units, price: entry.price, promise: entry.promise };
    claim.all.add(entry);
    if (known === undefined) claim.coming.push(entry);
    else {
      entry.units = Math.max(entry.units, units);
      entry.price = Math.max(entry.price, at);
      entry.promise = { quantity: whole, limit: request.limit, stop: request.stop, at };
    }
    const now = worst(claim.all, position, price);
    const fault = this.claimed(claim, now, entry, known === undefined, sign > 0, reduces);
    if (fault === null) {
      this.gross += now.gross - claim.gross;
      claim.gross = now.gross;
      claim.up = now.up;
      claim.down = now.down;
      return null;
    }
    if (known === undefined) {
      claim.coming.pop();
      claim.all.delete(entry);
    } else Object.assign(entry, before);
    return fault;
  }

  /** Claims on the board what it comes to now, with what counts as a new order; or why not, and then nothing is. */
  private claimed(claim: Claim, to: Worst, entry: Open, fresh: boolean, buys: boolean, reduces: boolean) {
    const { board } = this;
    const { rows, terms } = claim;
    const [gross, up, down] = [to.gross - claim.gross, to.up - claim.up, to.down - claim.down];
    if (reduces) {
      board.add(rows, gross, up, down);
      return null;
    }
    const fault = this.beyondOwn(terms, to.gross, gross);
    if (fault !== null) return fault;
    const hit = board.claim(rows, terms, { gross, up, down, buys, fresh });
    if (fresh && hit === null) entry.countedOn = board.day;
    return hit === null ? null : beyond(hit.limit, hit.scope, hit.found, hit.allowed);
  }

  /** What of the account's own limits so much in one symbol would pass; `more`: than now. */
  private beyondOwn({ position, leverage }: Terms, gross: number, more: number): string | null {
    if (gross > position.limit) return beyond(POSITION, position.scope, gross, position.limit);
    if (leverage.limit === Number.POSITIVE_INFINITY) return null;
    const power = (leverage.limit / MILLION) * Math.max(0, this.account.equity());
    const wanted = (this.gross + more) / MILLION;
    return wanted > power ? beyondPower(power, wanted) : null;
  }

  /** Claims what there is now, whatever limits say: it is there. */
  private settle(symbol: number, claim: Claim): void {
    const now = worst(claim.all, this.account.held(symbol), this.account.mark(symbol));
    const gross = now.gross - claim.gross;
    this.board.add(claim.rows, gross, now.up - claim.up, now.down - claim.down);
    this.gross += gross;
    claim.gross = now.gross;
    claim.up = now.up;
    claim.down = now.down;
  }

  private claimOf(symbol: number): Claim | string {
    const known = this.claims[symbol];
    if (known !== undefined) return known;
    const row = this.board.row("symbol", this.account.name(symbol));
    if (row < 0 || this.strategy < 0) return "more symbols and strategies are traded than risk can keep apart";
    const rows: Rows = [0, this.family, this.strategy, row];
    const terms = this.board.terms(rows, this.owner.override);
    const claim: Claim = { rows, terms, all: new Set(), open: new Map(), coming: [], gross: 0, up: 0, down: 0 };
    this.claims[symbol] = claim;
    return claim;
  }

  /** `held`: in the direction of the order. A share of the equity is what the position is moved to. */
  private unitsOf({ quantity, share = 0 }: OrderRequest, held: number, price: number): number {
    if (quantity !== undefined) return quantity;
    if (share > 0 && !(price > 0)) return Number.POSITIVE_INFINITY;
    const aim = share > 0 ? (share * Math.max(0, this.account.equity())) / price : 0;
    return Math.max(0, aim - held);
  }
}

interface Wanted {
  readonly request: OrderRequest;
  readonly sign: number;
  /** Still to be filled, and all of it. */
  readonly units: number;
  readonly whole: number;
  /** At which it counts. */
  readonly at: number;
  readonly position: number;
  readonly price: number;
  readonly reduces: boolean;
}
