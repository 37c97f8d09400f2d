// Positions that are sized by the weight that learning gives: asked for, bounded, and fixed when an execution starts.
import { describe, expect, it } from "vitest";
import { failed, ok } from "../../../src/domain/result.ts";
import { Desk, type DeskOptions } from "../../../src/manage/desk.ts";
import { termsFor, withLearnedWeight } from "../../../src/manage/executions/terms.ts";

const sizeOf = (executionConfig: Record<string, unknown>, parameters: Record<string, unknown> = {}) =>
  termsFor({ parameters, riskLimits: {}, executionConfig }).policy.positionSize;

describe("a learned weight", () => {
  it("is taken up by who asks for it, and by nobody else, whatever was sent", () => {
    expect(withLearnedWeight({ position_size: 0.2 }, 0.5)).toEqual({ position_size: 0.2 });
    expect(withLearnedWeight({ learned_weight: 2 }, 0.5)).toEqual({});
    const asked = { allocation: "learned", learned_weight: 2 };
    expect(withLearnedWeight(asked, 0.5)).toEqual({ allocation: "learned", learned_weight: 0.5 });
    expect(withLearnedWeight(asked, null)).toBeNull();
    expect(withLearnedWeight(asked, 0)).toMatchObject({ learned_weight: 0.125 });
    expect(withLearnedWeight(asked, 4)).toMatchObject({ learned_weight: 2 });
  });

  it("multiplies the size of positions, never beyond the capital", () => {
    expect(sizeOf({ position_size: 0.2 })).toBe(0.2);
    expect(sizeOf({ position_size: 0.2, learned_weight: 0.5 })).toBe(0.1);
    expect(sizeOf({ learned_weight: 1.5 }, { position_size: 0.4 })).toBeCloseTo(0.6, 12);
    expect(sizeOf({ learned_weight: 0.5 })).toBe(0.05);
    expect(sizeOf({ learned_weight: 2 }, { position_size: 0.9 })).toBe(1);
    expect(sizeOf({ learned_weight: 1_000 }, { position_size: 0.4 })).toBe(0.4);
  });
});

it("is not refused for good while there is no stream that knows weights", async () => {
  const start = (weightOf: DeskOptions["weightOf"]) => {
    const rooms = { executions: { listen: () => undefined }, registry: { get: () => ({ implementation: "x" }) } };
    return new Desk({ ...rooms, weightOf } as unknown as DeskOptions).start("s1", { allocation: "learned" }, "ada");
  };
  expect(await start(() => failed({ code: "restarting" }))).toEqual(failed({ code: "restarting" }));
  expect(await start(() => ok(null))).toMatchObject({ failure: { code: "validation_error" } });
});
