import { describe, expect, it } from "vitest";
import { frameCosts, type TraceEvent } from "../../../bench/dashboard/frame-trace.ts";

const PAGE = { pid: 7, tid: 70 };
const task = (ts: number, tdur: number, where: { readonly pid: number; readonly tid: number } = PAGE): TraceEvent => ({
  name: "ThreadControllerImpl::RunTask",
  ph: "X",
  ts,
  tdur,
  ...where,
});
const drawn = (ts: number, where = PAGE): TraceEvent => ({
  name: "FireAnimationFrame",
  ph: "X",
  ts,
  tdur: 1,
  ...where,
});

describe("the cost of a frame", () => {
  it("is what its thread did since the frame before, the task that draws included", () => {
    const first = [task(0, 5), drawn(2)];
    const second = [task(20, 3), task(30, 4), task(40, 10), drawn(42)];
    const third = [task(60, 1), drawn(60.5)];
    const costs = frameCosts([...third, ...first, ...second]);
    expect(costs.map(({ mainNs }) => mainNs)).toEqual([17_000, 1_000]);
  });

  it("counts other threads of the renderer apart, and other processes nowhere", () => {
    const frames = [task(0, 1), drawn(0.5), task(10, 2), drawn(11)];
    const compositor = task(5, 7, { pid: 7, tid: 71 });
    const pool: TraceEvent = { ...task(6, 11, { pid: 7, tid: 72 }), name: "ThreadPool_RunTask" };
    const stranger = task(6, 100, { pid: 8, tid: 80 });
    expect(frameCosts([...frames, compositor, pool, stranger])).toEqual([{ mainNs: 2_000, rendererNs: 20_000 }]);
  });

  it("is of the page that draws, not of one beside it", () => {
    const other = { pid: 9, tid: 90 };
    const events = [drawn(1, other), task(1, 50, other), ...[2, 4, 6].flatMap((ts) => [task(ts - 1, 1), drawn(ts)])];
    expect(frameCosts(events).map(({ mainNs }) => mainNs)).toEqual([1_000, 1_000]);
    expect(frameCosts([task(0, 1)])).toEqual([]);
  });
});
