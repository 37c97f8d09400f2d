// The course of the book in steps of ten seconds: what its profit did in each, as a share of the capital. From it follow
// value at risk and expected shortfall of a day (historical and Cornish-Fisher, scaled by the square root of the steps of
// a day), how often the forecast of a step was passed, and how alike strategies move. Nothing before STEPS_MIN steps. A
// day of steps is kept; a process that has the steps of the one before goes on with them. Main thread; a step costs a sort
// of what is kept.
import type { Holdings } from "./holdings.ts";
import { Likeness } from "./likeness.ts";
import { type Kupiec, type Tail, Tails } from "./tail.ts";

export const STEP_US = 10_000_000;
const DAY_US = 86_400_000_000;
export const KEPT = DAY_US / STEP_US;
const STEPS_MIN = 30;
const SHARE = 0.05;
/** Steps behind which the matrix of correlations has forgotten what was before: 0.97 to this power is 2e-7. */
export const REMEMBERED = 512;

export interface TailFigures {
  /** Losses of a day, in units of account, not below 0. */
  readonly historical: number;
  readonly historicalShortfall: number;
  readonly cornishFisher: number;
  readonly cornishFisherShortfall: number;
}

/** A step as the next process needs it. */
export interface Step {
  /** Null: it was the first one, or nothing was open. */
  readonly change: number | null;
  /** What each strategy did that counts for correlations, by its id. */
  readonly moves: Readonly<Record<string, number>>;
  /** Forecasts so far, and how many of them were passed. */
  readonly forecasts: number;
  readonly passed: number;
}

const NO_TAIL: TailFigures = { historical: 0, historicalShortfall: 0, cornishFisher: 0, cornishFisherShortfall: 0 };

export class Course {
  readonly likeness = new Likeness();
  steps = 0;
  tail: TailFigures = NO_TAIL;
  private readonly tails = new Tails();
  private readonly returns: number[] = [];
  private forecast: number | null = null;
  private forecasts = 0;
  private passed = 0;
  private nextStep = 0;
  private before: number | null = null;
  private readonly strategies = new Map<string, number>();
  /** The last one; null: there was none. */
  last: Step | null = null;

  /** Goes on behind these. Strategies that are not open with the second step from now on are over. */
  restore(steps: readonly Step[]): void {
    for (const { moves } of steps.slice(-REMEMBERED)) this.likeness.step(new Map(Object.entries(moves)));
    for (const { change } of steps.slice(-KEPT)) if (change !== null) this.returns.push(change);
    this.steps = this.returns.length;
    const last = steps.at(-1);
    if (last === undefined) return;
    this.forecasts = last.forecasts;
    this.passed = last.passed;
    if (this.steps >= STEPS_MIN)
      this.forecast = this.tails.of(Float64Array.from(this.returns), SHARE)?.historical ?? null;
  }

  /** Called at each look; true when a step has ended. */
  look(clock: number, holdings: Holdings): boolean {
    // One that lies far ahead was reckoned by a clock that has fallen since.
    if (clock < this.nextStep && clock > this.nextStep - 2 * STEP_US) return false;
    this.nextStep = clock + STEP_US;
    const { pnl, capital } = holdings.book;
    const move = this.before === null ? null : pnl - this.before;
    this.before = pnl;
    const moves = this.moves(holdings);
    const change = move === null || !(capital > 0) ? null : move / capital;
    // At the first look those that go on may not be open yet.
    if (move !== null) this.likeness.step(moves);
    if (change !== null) this.take(change, capital);
    const { forecasts, passed } = this;
    const counted = [...moves].filter(([name]) => this.likeness.knows(name));
    this.last = move === null ? null : { change, moves: Object.fromEntries(counted), forecasts, passed };
    return true;
  }

  /** True when nothing is at stake any more: what was is no risk of an empty book. Its returns are kept. */
  emptied(holdings: Holdings): boolean {
    if (holdings.book.capital > 0 || this.tail === NO_TAIL) return false;
    this.tail = NO_TAIL;
    return true;
  }

  /** Whether losses passed the forecast of their step as often as a share of 5 in 100 lets expect. */
  kupiec(): Kupiec | null {
    return this.forecasts === 0 ? null : this.tails.kupiec(this.forecasts, this.passed, SHARE);
  }

  private take(step: number, capital: number): void {
    if (this.forecast !== null) {
      this.forecasts++;
      if (step < this.forecast) this.passed++;
    }
    this.returns.push(step);
    if (this.returns.length > KEPT) this.returns.shift();
    this.steps = this.returns.length;
    if (this.steps < STEPS_MIN) return;
    const found = this.tails.of(Float64Array.from(this.returns), SHARE);
    this.forecast = found?.historical ?? null;
    this.tail = found === null ? NO_TAIL : ofADay(found, capital);
  }

  private moves(holdings: Holdings): ReadonlyMap<string, number> {
    const moves = new Map<string, number>();
    for (const { scope, name, pnl, capital } of holdings.all()) {
      if (scope !== "strategy" || name === null || !(capital > 0)) continue;
      moves.set(name, pnl - (this.strategies.get(name) ?? pnl));
      this.strategies.set(name, pnl);
    }
    for (const name of this.strategies.keys()) if (!moves.has(name)) this.strategies.delete(name);
    return moves;
  }
}

function ofADay(tail: Tail, capital: number): TailFigures {
  const scale = capital * Math.sqrt(DAY_US / STEP_US);
  const loss = (value: number): number => Math.max(0, -value * scale);
  return {
    historical: loss(tail.historical),
    historicalShortfall: loss(tail.historicalShortfall),
    cornishFisher: loss(tail.cornishFisher),
    cornishFisherShortfall: loss(tail.cornishFisherShortfall),
  };
}
