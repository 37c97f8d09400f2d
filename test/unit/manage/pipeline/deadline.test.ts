// The time that a stage or a pipeline may take.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Deadline } from "../../../../src/manage/pipeline/deadline.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a deadline", () => {
  it("passes once, when its time is over", () => {
    const [deadline, late] = [new Deadline(), vi.fn()];
    deadline.start(100, late);
    vi.advanceTimersByTime(99);
    expect(late).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1_000);
    expect(late).toHaveBeenCalledTimes(1);
  });

  it("stands still while anybody holds it, and goes on where it was", () => {
    const [deadline, late] = [new Deadline(), vi.fn()];
    deadline.start(100, late);
    vi.advanceTimersByTime(60);
    const [one, other] = [deadline.hold(), deadline.hold()];
    vi.advanceTimersByTime(1_000);
    one();
    one();
    vi.advanceTimersByTime(1_000);
    expect(late).not.toHaveBeenCalled();
    other();
    vi.advanceTimersByTime(39);
    expect(late).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(late).toHaveBeenCalledTimes(1);
  });

  it("that is started while it is held does not run before it is let go", () => {
    const [deadline, late] = [new Deadline(), vi.fn()];
    const release = deadline.hold();
    deadline.start(10, late);
    vi.advanceTimersByTime(1_000);
    expect(late).not.toHaveBeenCalled();
    release();
    vi.advanceTimersByTime(10);
    expect(late).toHaveBeenCalledTimes(1);
  });

  it("is later by what users' code was made to wait meanwhile, and by no more", () => {
    let heldBack = 500;
    const [deadline, late] = [new Deadline(() => heldBack), vi.fn()];
    deadline.start(100, late);
    vi.advanceTimersByTime(90);
    heldBack += 60;
    vi.advanceTimersByTime(69);
    expect(late).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(late).toHaveBeenCalledTimes(1);
  });

  it("that was cleared never passes, whoever lets go of it", () => {
    const [deadline, late] = [new Deadline(), vi.fn()];
    deadline.start(10, late);
    const release = deadline.hold();
    deadline.clear();
    release();
    vi.advanceTimersByTime(1_000);
    expect(late).not.toHaveBeenCalled();
  });
});
