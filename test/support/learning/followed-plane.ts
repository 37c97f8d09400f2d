// A data plane on the test's own thread (plane.ts) whose published signals are followed: real ring, tap, core and store.
// `tick` is a trade and what it causes; `flush` waits until what began and ended is stored and told.
import type { Outcome } from "../../../src/learning/outcome.ts";
import { Following } from "../../../src/manage/learning/following.ts";
import { openStore, type Store } from "../../../src/store/store.ts";
import { tellOutcomes } from "../../../src/stream/outcomes.ts";
import type { SignalRecord } from "../../../src/stream/rings/signal-ring.ts";
import { viewSignal } from "../../../src/stream/signal-view.ts";
import { approvedEarlier } from "../../../src/stream/risk/risk.ts";
import { Tap } from "../../../src/stream/tap.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { TestPlane } from "../plane.ts";

export class FollowedPlane {
  readonly plane = new TestPlane();
  readonly told: Outcome[] = [];
  readonly following: Following;
  /** The registered strategy that speaks; null: the engine's own. */
  owner: string | null = null;
  /** Of the registered strategy; null: it speaks through the engine's own. */
  instance: number | null = null;
  /** The stream takes no outcomes. */
  full = false;
  private released = 0;
  private readonly symbols = new Map<string, number>();

  private constructor(store: Store) {
    this.following = new Following({ store, log: SILENT_LOG, onOutcome: (outcome) => this.told.push(outcome) });
  }

  /** A stream whose sequences begin where those of the one before ended. */
  static async open(store: Store, symbols: readonly string[]): Promise<FollowedPlane> {
    const followed = new FollowedPlane(store);
    const { plane, following } = followed;
    for (const name of symbols) followed.symbols.set(name, plane.symbol(name));
    await following.load();
    following.join(
      {
        tap: new Tap(plane.plane),
        released: () => followed.released,
        maxSymbols: 64,
        symbolOf: (name) => followed.symbols.get(name),
        assetTypeOf: () => "crypto",
        regimeOf: () => "unknown",
        tellOutcomes: (outcomes) => !followed.full && tellOutcomes(plane, plane.clock, outcomes),
      },
      plane.plane.memory,
    );
    return followed;
  }

  /** Trades, and then what they cause: as in a burst, of which all events are visible before any signal is known. */
  ticks(name: string, prices: readonly number[]): readonly SignalRecord[] {
    for (const [index, price] of prices.entries()) {
      this.plane.pass(1_000_000);
      this.plane.trade(name, price, 1_000 + 8 * index);
    }
    return this.settle();
  }

  settle(): readonly SignalRecord[] {
    const records = this.plane.settle();
    this.released = this.plane.plane.ring.nextSequence;
    const spoken = records.map((record) => ({ ...record, instance: this.instance ?? record.instance }));
    const names = { symbolName: (id: number) => this.nameOf(id), strategyId: () => this.owner };
    this.following.onApproved(approvedEarlier(spoken.map((record) => viewSignal(record, names))));
    return records;
  }

  private nameOf(id: number): string {
    return [...this.symbols].find(([, symbol]) => symbol === id)?.[0] ?? "";
  }
}

/** The reference trend: a hundred and twenty ticks up. */
export function rising(from: number): readonly number[] {
  let price = from;
  return Array.from({ length: 120 }, (_, tick) => (price *= tick % 2 === 0 ? 1.0025 : 1.0015));
}

export async function memoryStore(): Promise<Store> {
  const opened = await openStore({ file: null, log: SILENT_LOG });
  if (!opened.ok) throw new Error(opened.failure);
  return opened.value;
}
