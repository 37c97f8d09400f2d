import { describe, expect, it } from "vitest";
import { askAgain, REST_MS, type Timers } from "../../../src/dashboard/pace.ts";

/** A clock that is moved by hand; each asking waits until it is answered. */
class Desk {
  ms = 0;
  readonly asked: number[] = [];
  private planned: { at: number; run: () => void } | null = null;
  private answer: ((leaveMs: number) => void) | null = null;
  readonly timers: Timers = {
    now: () => this.ms,
    after: (ms, run) => {
      const mine = { at: this.ms + ms, run };
      this.planned = mine;
      return () => {
        if (this.planned === mine) this.planned = null;
      };
    },
  };

  readonly ask = (): Promise<number> => {
    expect(this.answer, "two at a time").toBeNull();
    this.asked.push(this.ms);
    return new Promise((resolve) => (this.answer = resolve));
  };

  async answered(leaveMs = 0): Promise<void> {
    const { answer } = this;
    this.answer = null;
    answer?.(leaveMs);
    await new Promise((resolve) => setImmediate(resolve));
  }

  pass(ms: number): void {
    this.ms += ms;
    const { planned } = this;
    if (planned === null || planned.at > this.ms) return;
    this.planned = null;
    planned.run();
  }
}

const EVERY = 5_000;

describe("asking again", () => {
  it("happens at once, and then so long after the answer", async () => {
    const desk = new Desk();
    askAgain(EVERY, desk.ask, desk.timers);
    expect(desk.asked).toEqual([0]);
    desk.ms = 300;
    await desk.answered();
    desk.pass(EVERY - 1);
    expect(desk.asked).toEqual([0]);
    desk.pass(1);
    expect(desk.asked).toEqual([0, 300 + EVERY]);
  });

  it("keeps the rest, however often it is wanted and whenever", async () => {
    const desk = new Desk();
    const loop = askAgain(EVERY, desk.ask, desk.timers);
    for (let time = 0; time < 60; time += 1) loop.now();
    desk.ms = 100;
    await desk.answered();
    for (let time = 0; time < 60; time += 1) {
      loop.now();
      desk.pass(REST_MS / 60 - 0.01);
    }
    expect(desk.asked).toEqual([0]);
    desk.pass(1);
    expect(desk.asked).toHaveLength(2);
    await desk.answered();
    desk.pass(2_000);
    loop.now();
    desk.pass(0);
    expect(desk.asked, "the rest is over, so it is at once").toHaveLength(3);
  });

  it("waits for as long as the engine says, even when it is wanted sooner", async () => {
    const desk = new Desk();
    const loop = askAgain(EVERY, desk.ask, desk.timers);
    await desk.answered(30_000);
    loop.now();
    desk.pass(29_999);
    expect(desk.asked).toEqual([0]);
    desk.pass(1);
    expect(desk.asked).toEqual([0, 30_000]);
  });

  it("ends, also while an answer is under way", async () => {
    const desk = new Desk();
    const loop = askAgain(EVERY, desk.ask, desk.timers);
    loop.end();
    await desk.answered();
    loop.now();
    desk.pass(10 * EVERY);
    expect(desk.asked).toEqual([0]);
    expect(loop.over).toBe(true);
  });
});
