// An approved composition meets a strategy of its name: the text alone is new, and what is somebody else's is left alone.
import { describe, expect, it } from "vitest";
import { ok } from "../../../../src/domain/result.ts";
import { compositionCarrier, type CompositionRooms } from "../../../../src/manage/learning/composition-carrier.ts";
import type { StrategyChange } from "../../../../src/manage/registry/strategy.ts";
import { changed, draftOf } from "../../../../src/manage/registry/draft.ts";
import type { ProposalRecord } from "../../../../src/store/learning.ts";

const judged = { symbols: ["BTCUSD"], allow_short: true };
const NAME = "rules over momentum_rider";
const proposal = { after: { name: NAME, code: "when b then buy", parameters: judged }, decidedAt: 1 };

/** Carried out while there is such a strategy; with what was asked of the registry. `before`: what was approved earlier. */
async function met(
  language: "rules" | "python",
  parameters: Readonly<Record<string, unknown>>,
  before: readonly Pick<ProposalRecord, "after" | "carriedOut">[] = [],
) {
  const asked: StrategyChange[] = [];
  const made = draftOf("s1", { name: NAME, code: "when a then buy", language, parameters }, 0);
  if (!made.ok) throw new Error("no draft");
  const known = made.value.strategy;
  const rooms = {
    registry: {
      named: () => [known],
      create: () => Promise.reject(new Error("there is one")),
      update: (_: string, change: StrategyChange) => {
        asked.push(change);
        return Promise.resolve(ok({ ...known, version: "1.0.1" }));
      },
    },
    pipelines: { list: () => [], deploy: () => Promise.resolve(ok({ pipelineId: "p1" })) },
    proposals: () => before,
  };
  const carry = compositionCarrier(rooms as unknown as CompositionRooms);
  return { asked, done: await carry(proposal as unknown as ProposalRecord, "ada") };
}

describe("an approved composition", () => {
  it("brings its text and no parameters to the strategy that was made for it", async () => {
    const { asked, done } = await met("rules", { ...judged, position_size: 0.2 });
    expect(asked).toEqual([{ code: "when b then buy" }]);
    expect(done).toMatchObject({ ok: true, value: { strategy_id: "s1", version: "1.0.1", pipeline_id: "p1" } });
  });

  it("is refused where a strategy of that name is another one, or was told something else since", async () => {
    for (const [language, parameters, issue] of [
      ["rules", { ...judged, allow_short: false }, /another allow_short/],
      ["rules", { ...judged, symbols: ["ETHUSD"] }, /another symbols/],
      ["rules", {}, /another symbols/],
      ["python", judged, /not made of rules/],
    ] as const) {
      const { asked, done } = await met(language, parameters);
      expect(asked).toEqual([]);
      expect(done).toMatchObject({ failure: { code: "conflict", issue: expect.stringMatching(issue) as string } });
    }
  });

  it("brings other symbols with the text to a strategy that has its symbols from an approval, and from nobody else", async () => {
    const symbols = ["ETHUSD", "SOLUSD"];
    const after = { name: NAME, code: "when a then buy", parameters: { ...judged, symbols } };
    const earlier = { after, carriedOut: { strategy_id: "s1" } };
    const own = await met("rules", { ...judged, symbols }, [earlier]);
    expect(own.asked).toEqual([{ code: "when b then buy", parameters: { symbols: ["BTCUSD"] } }]);
    expect(own.done).toMatchObject({ ok: true, value: { strategy_id: "s1", version: "1.0.1", pipeline_id: "p1" } });
    const refused = /another symbols/;
    for (const [parameters, before] of [
      [{ ...judged, symbols: ["ETHUSD"] }, [earlier]],
      [{ ...judged, symbols }, [{ after, carriedOut: { strategy_id: "s2" } }]],
      [{ ...judged, symbols }, [{ after, carriedOut: null }]],
    ] as const) {
      const { asked, done } = await met("rules", parameters, before);
      expect(asked).toEqual([]);
      expect(done).toMatchObject({ failure: { code: "conflict", issue: expect.stringMatching(refused) as string } });
    }
    const other = await met("rules", { ...judged, symbols, allow_short: false }, [earlier]);
    expect(other.done).toMatchObject({ failure: { issue: expect.stringMatching(/another allow_short/) as string } });
  });

  it("leaves what runs alone: a change of the code has the very parameters and limits that there were", () => {
    const made = draftOf("s1", { name: NAME, code: "a", language: "rules", parameters: judged }, 0);
    if (!made.ok) throw new Error("no draft");
    const { strategy } = made.value;
    const after = changed({ strategy, versions: [] }, { code: "b" }, 1);
    if (!after.ok) throw new Error("no change");
    expect(after.value.newVersion).toBe(true);
    expect(after.value.strategy.parameters).toBe(strategy.parameters);
    expect(after.value.strategy.riskLimits).toBe(strategy.riskLimits);
    const other = changed({ strategy, versions: [] }, { parameters: { allow_short: false } }, 1);
    expect(other).toMatchObject({ ok: true, value: { strategy: { parameters: { allow_short: false } } } });
  });
});
