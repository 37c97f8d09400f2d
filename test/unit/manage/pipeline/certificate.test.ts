import { describe, expect, it } from "vitest";
import { type Certified, viewOf } from "../../../../src/manage/pipeline/certificate.ts";

type Certificate = Certified["certificate"];

function made(change: Partial<Certificate>): Certified {
  const certificate: Certificate = {
    agrees: true,
    events: 40,
    firstSequence: 1,
    lastSequence: 40,
    decisions: 3,
    fills: 2,
    eventsHash: "e",
    liveHash: "l",
    backtestHash: "l",
    unkept: {},
    whole: true,
    differences: [],
    differing: 0,
    ...change,
  };
  return { live: true, certificate };
}
const view = (change: Partial<Certificate>) => viewOf({ ok: true, value: made(change) });

describe("a certificate", () => {
  it("says nothing about a version that decided nothing, and why", () => {
    const { agrees, fields, said } = view({ decisions: 0, fills: 0 });
    expect([agrees, fields["agrees"]]).toEqual([null, null]);
    expect(fields["error"]).toBe("nothing was decided in 40 live events: there is nothing to compare");
    expect(said).toContain("nothing was decided");
  });

  it("agrees, or does not, where something was decided on either side", () => {
    expect(view({})).toMatchObject({ agrees: true, fields: { agrees: true } });
    expect(view({}).fields).not.toHaveProperty("error");
    const differences = [{ sequence: 0, cause: "decision 1: live buy; by the backtest nothing" }];
    const differing = view({ decisions: 0, fills: 0, agrees: false, differing: 1, differences });
    expect(differing).toMatchObject({ agrees: false });
    expect(differing.said).toContain("differ 1 times");
  });
});
