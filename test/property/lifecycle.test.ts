import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { legalMoves, lifecycleState, moved, MOVES, sources, STATUSES, targets } from "../../src/manage/lifecycle.ts";
import type { Move, Status } from "../../src/manage/lifecycle.ts";

const others = (status: Status): readonly Status[] => STATUSES.filter((one) => one !== status);

/** The arrows of the picture and of the sentences below it, one by one. */
const PICTURE: readonly (readonly [from: Status, move: Move, to: Status])[] = [
  ["draft", "deploy", "testing"],
  ["draft", "retry", "testing"],
  ["deployed", "retry", "testing"],
  ["stopped", "retry", "testing"],
  ["error", "retry", "testing"],
  ["testing", "stages_pass", "approved"],
  ["testing", "stage_fails", "error"],
  ["testing", "stage_fails", "deployed"],
  ["approved", "rollout_done", "deployed"],
  ["approved", "rollout_fails", "error"],
  ["approved", "rollout_fails", "deployed"],
  ["approved", "reject", "draft"],
  ["approved", "reject", "deployed"],
  ["approved", "deploy", "testing"],
  ["testing", "cancel", "draft"],
  ["testing", "cancel", "deployed"],
  ["approved", "cancel", "draft"],
  ["approved", "cancel", "deployed"],
  ["deployed", "rollback", "deployed"],
  ["stopped", "rollback", "deployed"],
  ["error", "rollback", "deployed"],
  ["deployed", "deploy", "testing"],
  ["deployed", "start", "deployed"],
  ["testing", "fail", "error"],
  ["approved", "fail", "error"],
  ["deployed", "fail", "error"],
  ["paused", "fail", "error"],
  ["stopped", "deploy", "testing"],
  ["stopped", "start", "deployed"],
  ["stopped", "reset", "draft"],
  ["error", "reset", "draft"],
  ["draft", "activate", "deployed"],
  ...STATUSES.map((from) => [from, "stop", "stopped"] as const),
  ...STATUSES.map((from) => [from, "pause", "paused"] as const),
  ...others("paused").map((to) => ["paused", "resume", to] as const),
];

const key = (from: Status, move: Move, to: Status): string => `${from} ${move} ${to}`;
const status = fc.constantFrom(...STATUSES);
const move = fc.constantFrom(...MOVES);

describe("the table of lifecycle moves", () => {
  it("is the picture, move by move", () => {
    const table = STATUSES.flatMap((from) =>
      MOVES.flatMap((one) => targets(from, one).map((to) => key(from, one, to))),
    );
    expect(table.toSorted()).toEqual(PICTURE.map((arrow) => key(...arrow)).toSorted());
  });

  it("is never left by any sequence of moves: what it lacks changes nothing and says what is possible", () => {
    const steps = fc.array(fc.tuple(move, fc.option(status, { nil: undefined })), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (sequence) => {
        let now: Status = "draft";
        for (const [one, to] of sequence) {
          const next = moved("strat_abc123", now, one, to);
          if (next.ok) {
            expect(targets(now, one)).toContain(next.value);
            if (to !== undefined) expect(next.value).toBe(to);
            now = next.value;
          } else {
            expect(targets(now, one).includes(to ?? (targets(now, one)[0] as Status))).toBe(false);
            expect(next.failure).toMatchObject({ code: "invalid_state", state: now, allowed: sources(one) });
          }
        }
      }),
      { numRuns: 500, seed: 11 },
    );
  });

  it("reaches every state from every other one", () => {
    for (const start of STATUSES) {
      const reached = new Set<Status>([start]);
      for (const from of reached) {
        for (const one of MOVES) for (const to of targets(from, one)) reached.add(to);
      }
      expect([...reached].toSorted()).toEqual([...STATUSES].toSorted());
    }
  });

  it("lets stop and pause happen in every state, and tells a client only of moves that it can ask for", () => {
    fc.assert(
      fc.property(status, (from) => {
        expect(legalMoves(from)).toEqual(expect.arrayContaining(["stop", "pause"]));
        const refused = moved("strat_abc123", from, from === "paused" ? "reset" : "resume");
        if (refused.ok || refused.failure.code !== "invalid_state") throw new Error("this move is not in the table");
        for (const one of refused.failure.legal)
          expect(["deploy", "start", "pause", "resume", "stop", "reset", "rollback"]).toContain(one);
        expect(refused.failure.legal).toContain("stop");
      }),
    );
  });

  it("calls a strategy running while an execution runs, and by its status otherwise", () => {
    fc.assert(
      fc.property(status, fc.integer({ min: 1, max: 1000 }), (from, executions) => {
        expect(lifecycleState(from, executions)).toBe("running");
        expect(lifecycleState(from, 0)).toBe(from);
      }),
    );
  });
});
