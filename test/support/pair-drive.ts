// One instance of pairs_trading on two symbols, alone on a test plane, and what its lane and its signals say bar by bar.
import * as layout from "../../assembly/layout.ts";
import type { SignalRecord } from "../../src/stream/rings/signal-ring.ts";
import { TestPlane, type PlaneOptions } from "./plane.ts";

export const SECOND = 1_000_000;
const DAY_MS = 86_400_000;
// Columns of a lane (kernels/statistical/pairs-lane.ts).
export const PAIR = {
  closed: 2,
  count: 3,
  missing: 4,
  price: 7,
  ln: 11,
  turned: 17,
  beta: 20,
  z: 27,
  side: 28,
  hedge: 30,
  gate: 32,
  passed: 33,
  p: 34,
  entry: 35,
} as const;

export interface DrivenBar {
  readonly z: number;
  readonly p: number;
  readonly passed: boolean;
  readonly signals: readonly SignalRecord[];
}

export interface PairOptions extends PlaneOptions {
  readonly parameters?: Readonly<Record<string, number>>;
  readonly names?: readonly [string, string];
  readonly barMs?: number;
  readonly assets?: readonly [number, number];
}

/** Lane of a group in the table. */
export function laneOf(group: number): number {
  return (((group >> 4) * 8 + (group & 7)) << 1) | ((group >> 3) & 1);
}

export class PairDrive {
  readonly plane: TestPlane;
  readonly names: readonly [string, string];
  readonly instance: number;
  readonly group = layout.SCREEN_GROUPS;

  constructor(options: PairOptions = {}) {
    this.plane = new TestPlane(options);
    this.names = options.names ?? ["AAA", "BBB"];
    for (const { id } of this.plane.instances.all) this.plane.instances.remove(id);
    const { parameters, barMs, assets } = options;
    const symbols = this.names.map((name, leg) => this.plane.symbol(name, assets?.[leg] ?? layout.ASSET_CRYPTO));
    const added = this.plane.instances.add({
      strategy: "pairs_trading",
      symbols,
      strategyId: null,
      parameters: { window: 250, ...parameters },
      ...(barMs === undefined ? {} : { barMs }),
    });
    if (!added.ok) throw new Error(JSON.stringify(added.failure));
    this.instance = added.value.id;
    this.plane.settle();
  }

  lane(column: number, group = this.group): number {
    return this.plane.column(layout.PLAN_CELLS + layout.PAIRS_TRADING, layout.PAIRS_COLUMNS, laneOf(group), column);
  }
  /** Every column of the lane. */
  get columns(): readonly number[] {
    return Array.from({ length: layout.PAIRS_COLUMNS }, (_, column) => this.lane(column));
  }

  /** One trade of each leg that ticks; the bar closes at the beat one second later. */
  bar(prices: readonly number[], ticks: readonly boolean[] = [true, true]): DrivenBar {
    this.names.forEach((name, leg) => {
      if (ticks[leg] === true) this.plane.trade(name, prices[leg] ?? 0);
    });
    this.plane.pass(SECOND);
    this.plane.beat(layout.TIER_TACTICAL);
    const signals = this.plane.settle();
    return { z: this.lane(PAIR.z), p: this.lane(PAIR.p), passed: this.lane(PAIR.passed) === 1, signals };
  }

  run(prices: readonly (readonly number[])[], ticked = (_leg: number, _bar: number): boolean => true): DrivenBar[] {
    return Array.from({ length: prices[0]?.length ?? 0 }, (_, bar) =>
      this.bar(
        prices.map((path) => path[bar] ?? 0),
        [ticked(0, bar), ticked(1, bar)],
      ),
    );
  }

  /** One bar event of a day for each leg; the bar closes with the first one of the next day. */
  days(prices: readonly (readonly number[])[]): DrivenBar[] {
    const bars: DrivenBar[] = [];
    const count = prices[0]?.length ?? 0;
    for (let day = 0; day <= count; day++) {
      this.plane.pass(DAY_MS * 1000);
      this.names.forEach((name, leg) => {
        const price = prices[leg]?.[Math.min(day, count - 1)] ?? 0;
        this.plane.bar(name, [price, price, price, price, 1], DAY_MS);
        const signals = this.plane.settle();
        if (day === 0 || leg > 0) return;
        bars.push({ z: this.lane(PAIR.z), p: this.lane(PAIR.p), passed: this.lane(PAIR.passed) === 1, signals });
      });
    }
    return bars;
  }
}
