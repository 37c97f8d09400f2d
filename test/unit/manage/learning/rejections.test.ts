// What was rejected stays rejected until more is known.
import { describe, expect, it } from "vitest";
import { GROWN_LEAST, repeated, REST_US } from "../../../../src/manage/learning/rejections.ts";
import type { ProposalRecord } from "../../../../src/store/learning.ts";

const AT = 1_700_000_000_000_000;
const REJECTED: ProposalRecord = {
  position: 1,
  proposalId: "prop_first1",
  subject: "weight:mean_reversion",
  status: "rejected",
  kind: "change",
  what: "weight",
  strategyType: "mean_reversion",
  before: 1,
  after: 1.1,
  reason: "by its outcomes",
  evidence: { samples: 100, share: 0.2 },
  source: "learning:selection",
  createdAt: AT - 1,
  decidedAt: AT,
  decidedBy: "ada",
  carriedOut: null,
};
type Wanted = Partial<Pick<ProposalRecord, "subject" | "before" | "after" | "evidence">>;
const again = (wanted: Wanted, kept: Partial<ProposalRecord> = {}, now = AT + 60_000_000): boolean =>
  repeated([{ ...REJECTED, ...kept }], { ...REJECTED, ...wanted }, now) !== null;

describe("a proposal that was rejected", () => {
  it("is the same for as long as its evidence has not grown by half, whatever time has passed", () => {
    expect(again({})).toBe(true);
    expect(again({ evidence: { samples: 149 } }, {}, AT + 10 * REST_US)).toBe(true);
    expect(again({ evidence: { samples: 150 } })).toBe(false);
    const few = { evidence: { samples: 4 } };
    expect(again({ evidence: { samples: 4 + GROWN_LEAST - 1 } }, few)).toBe(true);
    expect(again({ evidence: { samples: 4 + GROWN_LEAST } }, few)).toBe(false);
    const claims = (outcomes: number) => ({ claims: [{ outcomes }, { outcomes }] });
    expect(again({ evidence: claims(60) }, { evidence: claims(50) })).toBe(true);
    expect(again({ evidence: claims(80) }, { evidence: claims(50) })).toBe(false);
  });

  it("is the same where a number moves to the same side about as far, and another one elsewhere", () => {
    expect(again({ after: 1.12 })).toBe(true);
    expect(again({ after: 1.3 })).toBe(false);
    expect(again({ after: 0.9 })).toBe(false);
    expect(again({ subject: "weight:momentum_rider" })).toBe(false);
    const switched = { before: true, after: false };
    expect(again(switched, switched)).toBe(true);
    expect(again({ before: false, after: true }, switched)).toBe(false);
  });

  it("may come again after a day where nothing of its evidence is a count", () => {
    const bare = { evidence: { sharpe: 2 } };
    expect(again(bare, bare, AT + REST_US - 1)).toBe(true);
    expect(again(bare, bare, AT + REST_US)).toBe(false);
  });

  it("is no rejection where a newer one took its place, or somebody approved it", () => {
    expect(again({}, { carriedOut: { superseded_by: "prop_second" } })).toBe(false);
    expect(again({}, { status: "approved" })).toBe(false);
    expect(again({}, { status: "proposed" })).toBe(false);
  });
});
