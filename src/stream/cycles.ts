// Legs of groups: the cycles of currencies that symbols form by their names, and which of them exist already. The same
// names in the same order give the same cycles, so a restart finds what a journal that ended in the middle lacks.
import * as layout from "../../assembly/layout.ts";
import type { StrategyType } from "../domain/strategies.ts";
import { cycleOf, Triangles } from "../domain/triangles.ts";

export interface Leg {
  readonly symbol: number;
  /** In a cycle of currencies (domain/triangles.ts), else 0. */
  readonly direction: number;
}

export class Cycles {
  private readonly names = new Map<number, string>();
  private readonly formed = new Set<string>();
  private triangles = new Triangles();

  /** A symbol that the state knows. */
  restore(symbol: number, name: string): void {
    this.names.set(symbol, name);
  }
  /** A cycle of the default instance that exists. */
  note(legs: readonly number[]): void {
    this.formed.add(legs.join());
  }

  /** The cycles that a new symbol closes, `most` of them in all. */
  closedBy(symbol: number, name: string, most: number): readonly (readonly Leg[])[] {
    this.names.set(symbol, name);
    return this.triangles.add(symbol, name, most);
  }

  /** The cycles of all symbols that do not exist yet; from here on those of later symbols build on them. */
  *missing(symbols: readonly number[], most: number): Generator<readonly Leg[], void> {
    this.triangles = new Triangles();
    for (const symbol of symbols) {
      for (const cycle of this.triangles.add(symbol, this.names.get(symbol) ?? "", most)) {
        if (!this.formed.has(cycle.map((leg) => leg.symbol).join())) yield cycle;
      }
    }
  }

  /** The default instance was removed. */
  forget(): void {
    this.formed.clear();
  }

  /** A cycle's legs stand in the order in which they pass an amount on, others as they were named. */
  legs(type: StrategyType, symbols: readonly number[]): readonly Leg[] {
    const cycle = type.code === layout.TRIANGULAR_ARBITRAGE ? this.cycle(symbols) : null;
    return cycle ?? symbols.map((symbol) => ({ symbol, direction: 0 }));
  }

  /** Why these symbols are no legs of the strategy; null: they are. */
  fault(type: StrategyType, symbols: readonly number[]): string | null {
    if (type.code !== layout.TRIANGULAR_ARBITRAGE || this.cycle(symbols) !== null) return null;
    return "must name three spot pairs that form a cycle, such as BTCUSD, BTCEUR and EURUSD";
  }

  private cycle(symbols: readonly number[]): readonly Leg[] | null {
    return cycleOf(symbols.map((id) => ({ id, name: this.names.get(id) ?? "" })));
  }
}
