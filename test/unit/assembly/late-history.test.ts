// History that comes while cells hold positions: what they hold goes on as if it had not come. The history here is what
// the market did, up to the moment at which it comes, so that windows know no other market than they would without it.
import { describe, expect, it } from "vitest";
import { CONTROL_HISTORY, HISTORY_BEGINS, HISTORY_WHOLE } from "../../../assembly/back-fill-layout.ts";
import * as layout from "../../../assembly/layout.ts";
import { rowsIn } from "../../../src/stream/ingest/history-intake.ts";
import { LoneInstance } from "../../support/lone-instance.ts";
import { Random } from "../../support/random.ts";

const SECOND = 1_000_000;
const BEFORE = 1_500;
/** Live ticks before history may come: strategies that need fewer have spoken by then. */
const WARM = 100;
const LIVE = 420;
/** Longer than any of them holds. */
const AFTER = 60;
const SEEDS = 10;

interface Family {
  readonly strategy: string;
  readonly code: number;
  readonly columns: number;
  readonly parameters: Readonly<Record<string, number>>;
  readonly barMs?: number;
}
const CROSSOVER: Family = {
  strategy: "moving_average_crossover",
  code: layout.MOVING_AVERAGE_CROSSOVER,
  columns: layout.CROSSOVER_COLUMNS,
  parameters: { require_adx: 0 },
};
const FAMILIES: readonly Family[] = [
  CROSSOVER,
  {
    strategy: "mean_reversion",
    code: layout.MEAN_REVERSION,
    columns: layout.REVERSION_COLUMNS,
    parameters: { rsi_low: 50, rsi_high: 50, adx_max: 100 },
  },
  {
    strategy: "breakout_strategy",
    code: layout.BREAKOUT_STRATEGY,
    columns: layout.BREAKOUT_COLUMNS,
    parameters: { require_volume: 0 },
  },
];

/** Every second's price: of the past, then of the life of the engine. */
function market(seed: number): readonly number[] {
  const random = new Random(seed);
  let price = 100;
  return Array.from({ length: BEFORE + LIVE }, () => (price *= 1 + 0.001 * random.normal()));
}

class Life {
  readonly lone: LoneInstance;
  ticks = 0;
  /** Live ticks at which an exit was said. */
  readonly exits: number[] = [];
  private readonly prices: readonly number[];

  constructor({ strategy, code, columns, parameters, barMs = 0 }: Family, prices: readonly number[]) {
    this.lone = new LoneInstance(strategy, code, columns, { build: "release", parameters, barMs });
    this.prices = prices;
  }

  get held(): boolean {
    return this.lone.cell(layout.CELL_SIDE) !== 0;
  }

  get position(): { readonly held: number; readonly age: number; readonly best: number } {
    const { lone } = this;
    const series = lone.cell(layout.CELL_SERIES);
    const count = lone.plane.column(layout.PLAN_SERIES, layout.SERIES_COLUMNS, series, layout.SERIES_COUNT);
    const [held, best] = [lone.cell(layout.CELL_SIDE), lone.cell(layout.CELL_BEST)];
    return { held, age: count - lone.cell(layout.CELL_SINCE), best };
  }

  tick(): void {
    const { lone } = this;
    const said = lone.signals.length;
    lone.trade(lone.plane.clock + SECOND, this.prices[BEFORE + this.ticks] ?? Number.NaN);
    this.ticks += 1;
    if (lone.actions.slice(said).includes(layout.ACTION_EXIT)) this.exits.push(this.ticks);
  }

  begin(): void {
    this.lone.plane.control(CONTROL_HISTORY, 0, [HISTORY_BEGINS]);
    this.lone.settle();
  }

  rows(from: number, to: number, turn: (price: number) => number = (price) => price): void {
    const { lone } = this;
    const { plane } = lone;
    const begin = plane.clock - (BEFORE + this.ticks) * SECOND;
    for (let row = from; row < to; row++) {
      const price = turn(this.prices[row] ?? Number.NaN);
      plane.trade(lone.symbol, price, 1, begin + (row + 1) * SECOND, layout.FLAG_HISTORY);
    }
    lone.settle();
  }

  end(): void {
    this.lone.plane.control(CONTROL_HISTORY, 0, [HISTORY_WHOLE]);
    this.lone.settle();
  }

  /** All of the past up to now. */
  history(): void {
    this.begin();
    this.rows(0, BEFORE + this.ticks);
    this.end();
  }
}

/** Live ticks after which something is held, and has been for some samples. */
function momentOf(family: Family, prices: readonly number[], samples: number): number | null {
  const life = new Life(family, prices);
  let held = 0;
  for (let tick = 1; tick < LIVE - AFTER; tick++) {
    life.tick();
    held = life.held ? held + 1 : 0;
    if (tick >= WARM && held === samples) return tick;
  }
  return null;
}

interface Case {
  readonly prices: readonly number[];
  readonly moment: number;
}
/** Markets in which the strategy holds something, and when. */
function casesOf(family: Family, samples = 3): readonly Case[] {
  const seeds = Array.from({ length: SEEDS }, (_, seed) => market(1 + seed));
  return seeds.flatMap((prices) => {
    const moment = momentOf(family, prices, samples);
    return moment === null ? [] : [{ prices, moment }];
  });
}

/** When the position is left: what was held at the moment that history came. */
function left(family: Family, { prices, moment }: Case, history: (life: Life) => void): number | undefined {
  const life = livedUpTo(family, { prices, moment });
  history(life);
  for (let tick = 0; tick < AFTER; tick++) life.tick();
  return life.exits.find((tick) => tick > moment);
}
function livedUpTo(family: Family, { prices, moment }: Case): Life {
  const life = new Life(family, prices);
  for (let tick = 0; tick < moment; tick++) life.tick();
  return life;
}
const none = (): void => undefined;

describe.each(FAMILIES)("what $strategy holds", (family) => {
  const cases = casesOf(family);

  it("is left when it would have been left without the history", () => {
    expect(cases.length).toBeGreaterThan(SEEDS / 2);
    for (const one of cases) expect(left(family, one, (life) => life.history())).toBe(left(family, one, none));
  });

  it("is left at the same time where the history has to begin twice", () => {
    for (const one of cases.slice(0, 3)) {
      const twice = (life: Life): void => {
        life.begin();
        life.rows(0, 700);
        life.history();
        expect(life.lone.plane.state.symbol(0)).toMatchObject({ history: 1, ticks: BEFORE + 2 * one.moment });
      };
      expect(left(family, one, twice)).toBe(left(family, one, none));
    }
  });

  it("keeps its age and its best price, whatever was paid before it", () => {
    for (const one of cases.slice(0, 3)) {
      const life = livedUpTo(family, one);
      const before = life.position;
      expect(before.held).not.toBe(0);
      life.begin();
      expect(life.position).toEqual(before);
      for (const turn of [3, 0.3]) life.rows(0, 300, (price) => price * turn);
      expect(life.position).toEqual(before);
      life.end();
      expect(life.position).toEqual(before);
      expect(life.exits.filter((tick) => tick >= one.moment)).toEqual([]);
    }
  });
});

it("keeps the age of what is held on bars, too", () => {
  for (const barMs of [2_000, 4_000]) {
    const family = { ...CROSSOVER, parameters: { require_adx: 0, fast_length: 3, slow_length: 12 }, barMs };
    const cases = casesOf(family, 6);
    expect(cases.length).toBeGreaterThan(0);
    for (const one of cases.slice(0, 3)) {
      const life = livedUpTo(family, one);
      const before = life.position;
      expect(before.held).not.toBe(0);
      life.history();
      expect(life.position).toEqual(before);
    }
  }
});

it("gives the signals that it gave where no event says where the history begins: a journal of before", () => {
  const cases = casesOf(CROSSOVER);
  const alone = (life: Life): void => life.rows(0, BEFORE + life.ticks);
  const next = cases.filter((one) => left(CROSSOVER, one, alone) === one.moment + 1);
  expect(next.length).toBeGreaterThan(cases.length / 2); // the time stop of positions that have grown old with the rows
  const life = livedUpTo(CROSSOVER, cases[0] as Case);
  alone(life);
  expect(life.lone.plane.state.symbol(0)).toMatchObject({ history: 1, ticks: BEFORE + 2 * life.ticks });
});

it("says how many rows are in of a history that has only begun", () => {
  const life = new Life(CROSSOVER, market(1));
  const { state } = life.lone.plane;
  for (let tick = 0; tick < 5; tick++) life.tick();
  expect(state.symbol(0)).toMatchObject({ history: 0, ticks: 5 });
  life.begin();
  life.rows(0, 7);
  expect(rowsIn(state.symbol(0)?.history ?? 0)).toBe(7);
  life.tick();
  expect(state.symbol(0)?.ticks).toBe(13);
  life.begin(); // once more: what was in goes
  expect(rowsIn(state.symbol(0)?.history ?? 0)).toBe(0);
  expect(state.symbol(0)?.ticks).toBe(6);
  life.rows(0, 9);
  life.end();
  expect(state.symbol(0)).toMatchObject({ history: 1, ticks: 15 });
  expect(rowsIn(1)).toBe(0);
});
