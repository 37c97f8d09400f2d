// The course of equity that an execution has in memory, and the rows of numbers by which thousands tell of their steps.
import { describe, expect, it } from "vitest";
import { Curve, POINTS_MAX, thinned } from "../../../src/manage/executions/curve.ts";
import { Figures, STEP_US } from "../../../src/manage/executions/figures.ts";
import { readCourse, STEP_WIDTH, writeCourse } from "../../../src/manage/executions/step-rows.ts";

describe("the curve of an execution", () => {
  it("keeps every point while they are few, then every second one, evenly, with the first and the newest", () => {
    for (const count of [0, 1, 2, 15, 16, 17, POINTS_MAX - 3, POINTS_MAX - 2, POINTS_MAX - 1, POINTS_MAX, 5_001]) {
      const curve = new Curve({ time: 0, equity: 100, drawdown: 0 });
      for (let time = 1; time <= count; time++) curve.add(time, 100 + time, -time / 1e6);
      const points = curve.all();
      expect(points[0]).toEqual({ time: 0, equity: 100, drawdown: 0 });
      expect(points.at(-1)).toEqual(curve.last);
      expect(curve.last.time).toBe(count);
      expect(points.length).toBeLessThanOrEqual(POINTS_MAX);
      if (count < POINTS_MAX - 1) expect(points).toHaveLength(count + 1);
      else expect(points.length).toBeGreaterThan(POINTS_MAX / 2 - 2);
      const steps = points.slice(1, -1).map(({ time }, index) => time - (points[index]?.time ?? 0));
      expect(new Set(steps).size, `${count} points`).toBeLessThanOrEqual(1);
      for (const { time, equity, drawdown } of points) expect([equity, drawdown]).toEqual([100 + time, 0 - time / 1e6]);
    }
  });
});

describe("the deepest point of a curve", () => {
  it("stays when every second point goes, and when a few are asked for", () => {
    for (const at of [1, 2, 3, 500, 501, 4_000, 4_999, 5_000]) {
      const curve = new Curve({ time: 0, equity: 100, drawdown: 0 });
      for (let time = 1; time <= 5_000; time++) curve.add(time, time === at ? 50 : 100, time === at ? -0.5 : 0);
      const lowest = { time: at, equity: 50, drawdown: -0.5 };
      const points = curve.all();
      const times = points.map(({ time }) => time);
      expect(curve.lowest).toEqual(lowest);
      expect(points).toContainEqual(lowest);
      for (const most of [3, 10, 500]) {
        const few = thinned(points, most);
        expect(few).toHaveLength(most);
        expect(few).toContainEqual(lowest);
        expect(few.at(-1)).toEqual(points.at(-1));
      }
      expect(times).toEqual([...new Set(times)].toSorted((one, other) => one - other));
    }
  });

  it("is behind the present one where equity is another one than at the last point", () => {
    const curve = new Curve({ time: 0, equity: 100, drawdown: 0 });
    curve.add(10, 90, -0.1);
    expect(curve.present(12, 90)).toBeNull();
    expect(curve.present(12, 80)).toEqual({ time: 12, equity: 80, drawdown: 80 / 100 - 1 });
    expect(curve.present(5, 120)).toEqual({ time: 11, equity: 120, drawdown: 0 });
  });
});

describe("a row of steps", () => {
  it("brings figures and limits over as they are", () => {
    const figures = new Figures(100_000);
    for (let step = 1; step < 40; step++) {
      figures.drawdown(100_000 - step);
      figures.step(step * STEP_US, 100_000 + Math.sin(step), step / 1e4);
    }
    figures.trade({ pnl: 3, entryTime: 1, exitTime: 5 });
    figures.trade({ pnl: -2, entryTime: 1, exitTime: 9 });
    const watch = { day: 20_000, dayStart: 99_000, last: 99_500, highest: 101_000 };
    const rows = new Float64Array(3 * STEP_WIDTH);
    const tally = { day: 20_001, opened: 7 };
    writeCourse(rows, STEP_WIDTH, figures, watch, tally);
    expect(readCourse(rows, STEP_WIDTH)).toEqual({ figures: figures.course(), watch, tally });
    expect([...rows.subarray(0, STEP_WIDTH), ...rows.subarray(2 * STEP_WIDTH)].every((one) => one === 0)).toBe(true);
    expect(Object.values(figures.course()).every(Number.isFinite)).toBe(true);
  });
});
