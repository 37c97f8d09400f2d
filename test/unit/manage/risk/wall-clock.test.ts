// Days and steps of risk beside a wall clock that is put forward and back: they go by the clock of the stream, which does
// not fall, a day that has begun does not come again, and what it came to is there behind a kill. A real store; a price
// and two clocks set by hand. Nothing is closed where a process is killed.
import { expect, it } from "vitest";
import { Course, STEP_US } from "../../../../src/manage/risk/course.ts";
import { Holdings } from "../../../../src/manage/risk/holdings.ts";
import { Risk, type RiskOptions } from "../../../../src/manage/risk/risk.ts";
import { orderTable } from "../../../../src/store/orders.ts";
import type { Store } from "../../../../src/store/store.ts";
import { SILENT_LOG } from "../../../../src/telemetry/log.ts";
import { opened } from "../../../support/store/store-files.ts";

const HOUR = 3_600_000_000;
const DAY = 24 * HOUR;
const NOON = Date.UTC(2026, 10, 18, 12) * 1_000;
const PARTY = { executionId: "e", strategyId: "strat_e", family: null, override: false, capital: 100_000 };
const LIMIT = { scope: "book", metric: "daily_loss", limit: -1_000, action: "reduce_only" } as const;

class Life {
  wall: number;
  engine: number;
  price = 100;
  readonly risk: Risk;

  private constructor(store: Store, wall: number, engine: number) {
    this.wall = wall;
    this.engine = engine;
    this.risk = new Risk({
      store,
      audit: {
        note: () => Promise.resolve(),
        record: (_: unknown, rows: Parameters<Store["commit"]>[0]) => store.commit(rows),
      } as unknown as RiskOptions["audit"],
      alerts: { raise: () => undefined } as unknown as RiskOptions["alerts"],
      now: () => this.wall,
      log: SILENT_LOG,
      timezone: "UTC",
      pause: () => undefined,
      nameOf: (id) => id,
    });
  }

  static async begin(store: Store, wall: number, engine = wall): Promise<Life> {
    const life = new Life(store, wall, engine);
    await life.risk.load();
    await life.risk.recount(() => null);
    life.risk.join(
      () => life.price,
      () => life.engine,
    );
    return life;
  }

  /** Holds ten units from this price on. */
  hold(resumed = false): this {
    this.risk.opened(PARTY, resumed);
    if (resumed) this.risk.recalled("e", "X", 10, this.price);
    else this.risk.traded("e", "X", 10, this.price, 0);
    return this;
  }
  /** Both clocks, by so much. */
  pass(us: number): this {
    this.wall += us;
    this.engine += us;
    return this;
  }
  get day() {
    const { daily_pnl: profit, orders_today: orders, breaches } = this.risk.status();
    return { profit, orders, breached: breaches.length };
  }
}

function order(position: number, createdAt: number) {
  const whose = { executionId: "e", strategyId: "strat_e", symbol: "X", orderId: `ord_${position}`, position };
  const levels = { limit: null, stop: null, trail: null, average: 0, oco: 0, reason: null, quantity: 1, filled: 1 };
  const kind = { side: "BUY", kind: "limit", timeInForce: "gtc", reduceOnly: false, purpose: "signal" } as const;
  const state = "filled" as const;
  return orderTable.insert({ ...whose, ...levels, ...kind, number: position, state, createdAt, updatedAt: createdAt });
}

it("a wall clock that is put back over midnight, and right again, begins no day", async () => {
  const store = await opened({ file: null });
  await store.commit([order(1, NOON + DAY - HOUR)]);
  const life = (await Life.begin(store, NOON + DAY)).hold();
  await life.risk.putLimits([LIMIT], "test");
  life.pass(STEP_US).price = 0;
  expect(life.day).toEqual({ profit: -1_000, orders: 1, breached: 1 });
  life.wall -= 13 * HOUR;
  expect(life.day).toEqual({ profit: -1_000, orders: 1, breached: 1 });
  life.wall += 13 * HOUR;
  expect(life.day).toEqual({ profit: -1_000, orders: 1, breached: 1 });
  await life.risk.close();
});

it("what came behind a leap of the wall clock is stored, and a breach is there behind a kill", async () => {
  const store = await opened({ file: null });
  const life = (await Life.begin(store, NOON)).hold();
  await life.risk.putLimits([LIMIT], "test");
  life.pass(STEP_US).wall += HOUR;
  void life.day; // a look while it is an hour ahead
  life.wall -= HOUR;
  life.pass(STEP_US).price = 0;
  expect(life.day).toMatchObject({ profit: -1_000, breached: 1 });
  await store.query("SELECT 1", []); // sees what was handed in

  const next = (await Life.begin(store, NOON + 3 * STEP_US)).hold(true);
  expect(next.day).toMatchObject({ profit: -1_000, breached: 1 });
  await next.risk.close();
  await life.risk.close();
});

it("profit and orders of a day that lies ahead are of today, whichever clock the next life has, and go with its midnight", async () => {
  const store = await opened({ file: null });
  const ahead = NOON + DAY;
  await store.commit([order(1, ahead), order(2, NOON), order(3, NOON - DAY)]);
  const life = (await Life.begin(store, NOON, ahead)).hold();
  expect(life.day).toMatchObject({ orders: 1 }); // the engine clock is a day ahead, and so is its day
  life.pass(STEP_US).price = 0;
  expect(life.day).toMatchObject({ profit: -1_000 });
  await store.query("SELECT 1", []);
  // The journal has kept the engine clock ahead, beside a wall clock that is right.
  const second = (await Life.begin(store, NOON + STEP_US, ahead + STEP_US)).hold(true);
  expect(second.day).toMatchObject({ profit: -1_000, orders: 1 });
  // The journal was begun anew.
  const third = (await Life.begin(store, NOON + 2 * STEP_US)).hold(true);
  expect(third.day).toMatchObject({ profit: -1_000, orders: 2 });
  third.pass(11 * HOUR);
  expect(third.day).toMatchObject({ profit: -1_000, orders: 2 });
  third.pass(HOUR);
  expect(third.day).toMatchObject({ profit: 0, orders: 0 });
  for (const { risk } of [life, second, third]) await risk.close();
});

it("a step is due where the clock has fallen far behind the next one, and not where it is put right by a little", async () => {
  const [course, holdings] = [new Course(), new Holdings()];
  expect(course.look(NOON + HOUR, holdings)).toBe(true);
  expect(course.look(NOON + HOUR - STEP_US + 1, holdings)).toBe(false);
  expect(course.look(NOON, holdings)).toBe(true);
  expect(course.look(NOON + STEP_US - 1, holdings)).toBe(false);
  expect(course.look(NOON + STEP_US, holdings)).toBe(true);
});
