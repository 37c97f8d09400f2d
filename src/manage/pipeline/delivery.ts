// How a new version comes to the running executions of a strategy: a port of the pipeline, filled by whoever runs them. All
// by event sequence: what the old and the new version saw joins without gap or overlap.
import type { Result } from "../../domain/result.ts";
import type { CompiledStrategy } from "../../sandbox/sandbox.ts";

export interface Delivery {
  /** Whether an execution of the strategy runs that could be asked; if not, `begin` need not be, nor anything compiled. */
  runs(strategyId: string): boolean;
  /** How `to` comes to the execution of its strategy: `beside` what trades it is opened at once, in shadow; `instead` of
   *  that it is opened when it is promoted. Null: no execution runs that could be asked. The failure says why it cannot be
   *  opened there. */
  begin(
    strategyId: string,
    how: Way,
    to: string,
    compiled: CompiledStrategy,
  ): Promise<Result<DeliveryRun | null, string>>;
}
export type Way = "beside" | "instead";

export interface DeliveryRun {
  /** Share of the capital, or of the symbols, that the new version trades from the next event on. */
  share(percent: number, by: ShareOf): Promise<void>;
  /** Figures of both on the same ticks so far. */
  evidence(): Promise<Evidence>;
  /** `look` is shown what was seen so far, and from then on whatever comes, a fault of the new version at once. */
  listen(look: (seen: Evidence) => void): void;
  /** The new version alone, by one control event; the old one is kept warm. `ms`: to the last tick on the old one. */
  promote(): Promise<Switched>;
  /** The new version is out; what traded when this began trades again, be it that it is opened anew for that. */
  revert(reason: string): Promise<Switched>;
  /** Both are settled; nothing is compared any more. */
  end(): void;
}

export type ShareOf = "capital" | "symbols";

interface Pair {
  readonly old: number;
  readonly new: number;
}

export interface Evidence {
  readonly events: number;
  readonly trades: Pair;
  readonly pnl: Pair;
  readonly faults: Pair;
  /** Of the returns of both on the same ticks, new minus old: mean, its standard error, how many pairs. */
  readonly difference: { readonly mean: number; readonly error: number; readonly n: number };
  /** The worst loss of a day (UTC) that each account has had, in units of account; not above 0. */
  readonly lost: Pair;
  /** The deepest fall of each from its highest equity, as a share; -1: nothing is left of it. */
  readonly fallen: Pair;
  /** What the strategy's own limits allow of either; null: it has none. */
  readonly limits: { readonly dailyLoss: number | null; readonly drawdown: number | null };
}

export interface Switched {
  readonly sequence: number;
  readonly ms: number;
  /** Why the version that was wanted does not trade; null: it does, or nothing runs any more. */
  readonly fault: string | null;
}
