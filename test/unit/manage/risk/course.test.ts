// What risk has seen outlives the process: steps, forecasts, correlations, and how far below its highest capital the book is.
import { expect, it } from "vitest";
import { Course, STEP_US } from "../../../../src/manage/risk/course.ts";
import { Holdings } from "../../../../src/manage/risk/holdings.ts";
import { Memory } from "../../../../src/manage/risk/memory.ts";
import { riskTable } from "../../../../src/store/operations.ts";
import { openStore } from "../../../../src/store/store.ts";
import { SILENT_LOG } from "../../../../src/telemetry/log.ts";
import { Random } from "../../../support/random.ts";

const FIRST = 1_763_000_000_000_000;

class Book {
  readonly holdings = new Holdings();
  readonly course = new Course();
  price = 100;
  private clock = FIRST;

  open(resumed = false): void {
    for (const [strategyId, units] of [
      ["strat_aaaaaa", 100],
      ["strat_bbbbbb", 50],
    ] as const) {
      const party = { executionId: strategyId, strategyId, family: "arbitrage", override: false, capital: 100_000 };
      this.holdings.open(party, resumed);
      if (!resumed) this.holdings.trade(strategyId, "X", units, this.price, 0);
      else this.holdings.recall(strategyId, "X", units, this.price);
    }
  }
  step(price: number): void {
    this.price = price;
    this.clock += STEP_US;
    this.holdings.mark(() => price);
    this.course.look(this.clock, this.holdings);
  }
}

it("goes on in the next process where the one before ended", async () => {
  const opened = await openStore({ file: null, log: SILENT_LOG });
  if (!opened.ok) throw new Error(opened.failure);
  const memory = new Memory(opened.value, SILENT_LOG);
  await memory.load();
  const random = new Random(3);
  const before = new Book();
  before.open();
  for (let step = 0; step < 60; step++) {
    before.step(before.price * (1 + 0.01 * (random.next() - 0.55)));
    const { last } = before.course;
    memory.keep({ day: 1, profit: step, step: last, fallen: before.holdings.stood() }, FIRST + step);
  }
  await memory.close();

  const kept = await new Memory(opened.value, SILENT_LOG).load();
  const after = new Book();
  after.price = before.price;
  after.course.restore(kept.steps);
  after.holdings.restore(kept.fallen);
  after.open(true);
  expect(after.course.steps).toBe(before.course.steps);
  expect(after.course.kupiec()).toEqual(before.course.kupiec());
  // The first look of a process is the price that its steps are measured from.
  after.step(before.price);
  expect(after.course.steps).toBe(before.course.steps);
  expect(after.course.likeness.correlation("strat_aaaaaa", "strat_bbbbbb")).toBeCloseTo(1, 9);
  expect(before.holdings.book.drawdown).toBeLessThan(-0.001);
  expect(after.holdings.book.drawdown).toBeCloseTo(before.holdings.book.drawdown, 12);
  expect(after.holdings.find("family", "arbitrage")?.drawdown).toBeCloseTo(before.holdings.book.drawdown, 12);

  const next = before.price * 1.003;
  before.step(next);
  after.step(next);
  expect(after.course.tail.historical).toBeGreaterThan(0);
  expect(after.course.steps).toBe(before.course.steps);
  await opened.value.close();
});

it("stores what moved of those strategies that count for correlations, and goes on with all of them", async () => {
  const opened = await openStore({ file: null, log: SILENT_LOG });
  if (!opened.ok) throw new Error(opened.failure);
  const { value: store } = opened;
  const memory = new Memory(store, SILENT_LOG);
  await memory.load();
  const random = new Random(11);
  const [holdings, course] = [new Holdings(), new Course()];
  const open = (number: number): void => {
    const strategyId = `strat_s${number}`;
    holdings.open({ executionId: strategyId, strategyId, family: null, override: false, capital: 100_000 });
  };
  // More than count, and only two of them ever trade: one from the start and one that comes later.
  for (let number = 2; number < 72; number++) open(number);
  let [price, steps] = [100, 0];
  const look = (moved: number): void => {
    price *= moved;
    holdings.mark(() => price);
    course.look(FIRST + ++steps * STEP_US, holdings);
    memory.keep({ day: 1, profit: price, step: course.last, fallen: {} }, FIRST + steps);
  };
  look(1);
  expect(Object.keys(course.last?.moves ?? {})).toHaveLength(0);
  look(1);
  expect(Object.keys(course.last?.moves ?? {})).toHaveLength(64);
  for (const number of [2, 4, 5, 6, 7, 8, 9, 10]) holdings.close(`strat_s${number}`);
  holdings.trade("strat_s3", "X", 10, price, 0);
  open(1);
  holdings.trade("strat_s1", "X", 20, price, 0);
  look(1);
  for (let step = 0; step < 40; step++) look(1 + 0.01 * (random.next() - 0.5));
  for (let step = 0; step < 5; step++) look(1);
  await memory.close();
  const rows = await riskTable.load(store);
  const moved = rows.filter(({ name }) => name.startsWith("moves:"));
  expect(moved).toHaveLength(40);
  for (const { value } of moved) expect(Object.keys(value["moves"] as object)).toEqual(["strat_s3", "strat_s1"]);

  const after = new Course();
  after.restore((await new Memory(store, SILENT_LOG).load()).steps);
  const [one, other] = ["strat_s3", "strat_s1"];
  expect(after.likeness.correlation(one, other)).toBeCloseTo(1, 9);
  expect(after.likeness.correlation(one, other)).toBe(course.likeness.correlation(one, other));
  expect(after.likeness.knows("strat_s2")).toBe(false);
  expect(after.likeness.knows("strat_s71")).toBe(true);
  await store.close();
});

it("does not go on with how far those were down that are not there any more", async () => {
  const opened = await openStore({ file: null, log: SILENT_LOG });
  if (!opened.ok) throw new Error(opened.failure);
  const before = new Memory(opened.value, SILENT_LOG);
  await before.load();
  before.keep({ day: 1, profit: 0, step: null, fallen: { "book:": -0.2 } }, FIRST);
  await before.close();
  const between = new Memory(opened.value, SILENT_LOG);
  expect((await between.load()).fallen).toEqual({ "book:": -0.2 });
  between.keep({ day: 1, profit: 0, step: null, fallen: {} }, FIRST + 1);
  await between.close();
  expect((await new Memory(opened.value, SILENT_LOG).load()).fallen).toEqual({});
  await opened.value.close();
});

it("keeps a day of steps, each in the place of the one of a day ago", async () => {
  const opened = await openStore({ file: null, log: SILENT_LOG });
  if (!opened.ok) throw new Error(opened.failure);
  const memory = new Memory(opened.value, SILENT_LOG);
  await memory.load();
  const change = (at: number) => ({ change: at, moves: { strat_aaaaaa: at }, forecasts: at, passed: 0 });
  for (let at = 0; at < 8_640 + 10; at++) memory.keep({ day: 1, profit: 0, step: change(at), fallen: {} }, FIRST + at);
  await memory.close();
  const { steps } = await new Memory(opened.value, SILENT_LOG).load();
  expect(steps).toHaveLength(8_640);
  expect([steps[0]?.change, steps.at(-1)?.change]).toEqual([10, 8_649]);
  expect(steps.at(-1)?.moves).toEqual({ strat_aaaaaa: 8_649 });
  expect(steps[0]?.moves).toEqual({});
  await opened.value.close();
});

it("has its steps in their order although the clock fell between two of them", async () => {
  const opened = await openStore({ file: null, log: SILENT_LOG });
  if (!opened.ok) throw new Error(opened.failure);
  const memory = new Memory(opened.value, SILENT_LOG);
  await memory.load();
  for (const [change, clock] of [1, 2, 3, 4].map((one) => [one, FIRST + (one > 2 ? one - 10 : one)] as const)) {
    const step = { change, moves: {}, forecasts: 0, passed: 0 };
    memory.keep({ day: 1, profit: change, step, fallen: {} }, clock);
    await memory.close();
  }
  const next = new Memory(opened.value, SILENT_LOG);
  expect((await next.load()).steps.map(({ change }) => change)).toEqual([1, 2, 3, 4]);
  await opened.value.close();
});
