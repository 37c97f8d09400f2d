// Rounds of learning: everybody has a turn, whoever fails holds up nobody, and a beat never waits.
import { describe, expect, it } from "vitest";
import type { Outcome } from "../../../../src/learning/outcome.ts";
import type { Learner, LearningContext } from "../../../../src/manage/learning/learner.ts";
import { type Frame, Rounds } from "../../../../src/manage/learning/rounds.ts";
import { SILENT_LOG } from "../../../../src/telemetry/log.ts";

function rounds(learners: readonly Learner[], share = 1): Rounds {
  const contextFor = (_: string, frame: Frame): LearningContext => frame as LearningContext;
  return new Rounds({ learners, contextFor, share, log: SILENT_LOG });
}

describe("a learning beat", () => {
  it("gives every learner its slice after the beat has returned, and goes on behind one that fails", async () => {
    const turns: string[] = [];
    const learner = (name: string, cycle: () => undefined): Learner => ({ name, cycle });
    const all = rounds([
      learner("first", () => void turns.push("first")),
      learner("broken", () => {
        throw new Error("no");
      }),
      learner("last", () => void turns.push("last")),
    ]);
    all.beat(1);
    expect(turns).toEqual([]);
    await all.idle();
    expect(turns).toEqual(["first", "last"]);
    expect(all.figures.map(({ cycles, faults }) => [cycles, faults])).toEqual([
      [1, 0],
      [0, 1],
      [1, 0],
    ]);
    expect(all.figures[1]?.lastError).toBe("no");
  });

  it("asks one that has more again, and leaves out beats that come meanwhile", async () => {
    let slices = 0;
    const all = rounds([{ name: "long", cycle: () => (++slices < 5 ? "more" : undefined) }]);
    all.beat(1);
    all.beat(2);
    await all.idle();
    expect([slices, all.beats, all.skipped]).toEqual([5, 2, 1]);
    all.beat(3);
    await all.idle();
    expect(slices).toBe(6);
  });

  it("ends at once when the engine ends, however long the learner would have paused", async () => {
    let asked = 0;
    const cycle = (): "more" => {
      const until = performance.now() + 1;
      while (performance.now() < until);
      asked++;
      return "more";
    };
    // A pause of more than a quarter of an hour.
    const all = rounds([{ name: "long", cycle }], 1e-6);
    all.beat(1);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    await all.close();
    expect(asked).toBe(1);
  });

  it("gives the same chance to the same learner at the same beat, and another one to others", async () => {
    const drawn: number[] = [];
    const cycle = ({ random }: LearningContext): void => void drawn.push(random.next());
    for (const now of [1, 1, 2]) {
      const all = rounds([
        { name: "one", cycle },
        { name: "other", cycle },
      ]);
      all.beat(now);
      await all.idle();
    }
    expect(drawn.slice(0, 2)).toEqual(drawn.slice(2, 4));
    expect(new Set(drawn).size).toBe(4);
  });

  it("tells everybody of an outcome, whoever fails at it", () => {
    const heard: string[] = [];
    const all = rounds([
      {
        name: "broken",
        onOutcome: () => {
          throw new Error("no");
        },
      },
      { name: "other", onOutcome: ({ symbol }) => void heard.push(symbol) },
    ]);
    all.outcome({ symbol: "BTCUSD" } as Outcome);
    expect(heard).toEqual(["BTCUSD"]);
    expect(all.figures[0]?.faults).toBe(1);
  });
});
