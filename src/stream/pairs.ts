// The engine's own instances symbol by symbol: what each still lacks there, and what a round trip costs. Read from the
// memory of the core as its workers last left it. Main thread.
import type { Compute } from "./compute.ts";
import { inputNames } from "./inputs.ts";
import type { Instruments } from "./instruments.ts";

export { inputNames } from "./inputs.ts";

interface Parts {
  readonly compute: Compute;
  readonly instruments: Instruments;
}

export interface PairState {
  readonly symbol: string;
  /** Samples. */
  readonly missing: number;
  /** Inputs that never came. */
  readonly wants: readonly string[];
  /** Both fees and the spread, as a share of the price; null before the first quote. */
  readonly cost: number | null;
}

const BPS = 10_000;

/** Cells of the strategy's own instance, of which `pairsOf` tells one by one. */
export function ownedCells({ compute: { state } }: Pick<Parts, "compute">, strategy: number): readonly number[] {
  return state.owned(strategy, strategy);
}

/** Of cells `from` to `from + most` of the strategy; null: there are none any more. */
export function pairsOf(
  { compute: { state }, instruments }: Parts,
  strategy: number,
  from: number,
  most: number,
): readonly PairState[] | null {
  const standings = state.standings(strategy, strategy, from, most);
  if (standings === null) return null;
  return standings.flatMap(({ symbol, missing, wants }): readonly PairState[] => {
    const name = state.nameOf(symbol);
    if (name === "") return [];
    const [bid, ask] = state.quote(symbol);
    const quoted = bid > 0 && ask >= bid;
    const fees = (2 * (instruments.figure(symbol, "taker_fee_bps") ?? 0)) / BPS;
    const cost = quoted ? fees + (ask - bid) / ((ask + bid) / 2) : null;
    return [{ symbol: name, missing, wants: inputNames(wants), cost }];
  });
}
