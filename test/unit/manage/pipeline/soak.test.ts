// How a soak on live events lasts: the events are those of its own, the time is the test's.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type LiveSoak, soak } from "../../../../src/manage/pipeline/soak.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const SEEN = { events: 7, trades: 2, pnl: 1, maxDrawdown: 0, breach: null, fault: null, lost: null };

function live() {
  let finish: () => void = () => undefined;
  const over = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const end = vi.fn(() => Promise.resolve({ seen: SEEN, tape: null }));
  const port: LiveSoak = { seen: () => SEEN, over, end };
  return { port, end, finish };
}

describe("a soak", () => {
  it.each([
    ["a short one twice a second", 4_000, 8],
    ["a longer one twenty times", 100_000, 20],
    ["a long one every ten seconds", 600_000, 60],
  ])("tells how far it is: %s", async (_, ms, tellings) => {
    const shares: number[] = [];
    const { port } = live();
    const done = soak(port, ms, new AbortController().signal, ({ share }) => void shares.push(share));
    await vi.advanceTimersByTimeAsync(ms);
    expect(await done).toMatchObject({ report: { events: 7, trades: 2 } });
    const whole = Array.from({ length: tellings }, (_, at) => at / tellings);
    expect(shares.slice(0, tellings)).toEqual(whole.map((share): unknown => expect.closeTo(share)));
    expect(shares.length).toBeLessThanOrEqual(tellings + 1); // the last telling and the end come at the same moment
  });

  it("lasts as long as it was asked to, and then ends the program", async () => {
    const { port, end } = live();
    const done = soak(port, 60_000, new AbortController().signal, () => undefined);
    await vi.advanceTimersByTimeAsync(59_999);
    expect(end).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(await done).toMatchObject({ report: { minutes: 1 } });
    expect(end).toHaveBeenCalledTimes(1);
  });

  it("ends at once when it is given up or cannot go on, and tells nothing more", async () => {
    for (const way of ["given up", "over"]) {
      const { port, end, finish } = live();
      const abort = new AbortController();
      const tell = vi.fn();
      const done = soak(port, 60_000, abort.signal, tell);
      await vi.advanceTimersByTimeAsync(6_000);
      if (way === "over") finish();
      else abort.abort();
      expect(await done).toMatchObject({ report: { minutes: 0.1 } });
      expect(end).toHaveBeenCalledTimes(1);
      const told = tell.mock.calls.length;
      await vi.advanceTimersByTimeAsync(60_000);
      expect(tell).toHaveBeenCalledTimes(told);
    }
  });
});
