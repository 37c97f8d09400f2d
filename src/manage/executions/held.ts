// Signals of a built-in strategy on their way to an account: they count from the event behind the one that caused them.
import { rolePolicy, type TradeSignal } from "../../simulation/simulation.ts";
import type { Book } from "./book.ts";
import { closingOf } from "./gatekeeper.ts";
import type { NamedSignal } from "./messages.ts";
import type { Places } from "./places.ts";

interface Held {
  readonly sequence: number;
  readonly signals: readonly NamedSignal[];
}

export class HeldSignals {
  private readonly held: Held[] = [];

  get none(): boolean {
    return this.held.length === 0;
  }

  hold(sequence: number, signals: readonly NamedSignal[]): void {
    this.held.push({ sequence, signals });
  }

  /**
   * Those caused before the event of this number go to the account, or, with null, nowhere. Where a place does not open,
   * only what leaves a position goes on, as an exit, and a quote is taken back; of signals that belong together, all or
   * none.
   */
  release(before: number, book: Book | null, places: Places, opens: (place: number) => boolean = () => true): void {
    while (this.held[0] !== undefined && this.held[0].sequence < before) {
      const due = this.held.shift()?.signals ?? [];
      if (book !== null) trade(admitted(due, book, places, opens), book, places);
    }
  }
}

function admitted(
  due: readonly NamedSignal[],
  book: Book,
  places: Places,
  opens: (place: number) => boolean,
): readonly NamedSignal[] {
  const shut = new Set(due.filter(({ action, symbol }) => action !== "exit" && !opens(places.named(symbol))));
  if (shut.size === 0) return due;
  const groups = new Set([...shut].filter(({ group }) => group > 0).map(({ group }) => group));
  return due.flatMap((signal) => {
    if (signal.action === "exit") return [signal];
    if (groups.has(signal.group)) return [];
    const left = shut.has(signal) ? leaving(signal, book, places) : signal;
    return left === null ? [] : [left];
  });
}

/** What a signal comes to where no position may be opened; null: nothing. */
function leaving(signal: NamedSignal, book: Book, places: Places): NamedSignal | null {
  switch (rolePolicy(signal.type).role) {
    case "group":
      return null;
    case "quotes":
      return { ...signal, action: "exit" };
    case "direction":
      return closingOf(signal, book.held(places.named(signal.symbol)));
  }
}

/** Together what came together, each implementation by its own policy; symbols that are not wanted are left out. */
function trade(due: readonly NamedSignal[], book: Book, places: Places): void {
  const types = new Map<string, TradeSignal[]>();
  for (const { symbol, type, ...signal } of due) {
    const place = places.named(symbol);
    if (place < 0) continue;
    const known = types.get(type);
    if (known === undefined) types.set(type, [{ ...signal, symbol: place }]);
    else known.push({ ...signal, symbol: place });
  }
  for (const [type, signals] of types) book.signals(signals, type);
}
