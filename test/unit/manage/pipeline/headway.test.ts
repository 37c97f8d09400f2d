// How far a stage is that lasts, and for how long that is shown.
import { describe, expect, it } from "vitest";
import { Headway } from "../../../../src/manage/pipeline/headway.ts";
import type { PipelineRecord } from "../../../../src/store/pipelines.ts";

const ID = "pipe_1";
const at = (share: number) => ({
  stage: "paper_trading",
  share,
  eta_s: Math.round(60 * (1 - share)),
  events: 3,
  trades: 1,
  queued: false,
});

/** Of one pipeline, with what it told and said. */
function headway() {
  const state = { endedAt: null as number | null };
  const shares: number[] = [];
  const lines: string[] = [];
  const ledger = {
    underway: (id: string) =>
      id === ID && state.endedAt === null ? ({ pipelineId: ID, ...state } as PipelineRecord) : null,
    say: (...[, , , line]: readonly [string, string, unknown, string]) => void lines.push(line),
  };
  const news = { progress: (_: PipelineRecord, { share }: { share: number }) => void shares.push(share) };
  return { headway: new Headway(ledger, news), state, shares, lines };
}

describe("the headway of a pipeline", () => {
  it("is shown while its stage lasts, and of nobody else", () => {
    const { headway: told } = headway();
    told.note(ID, at(0.3));
    expect([told.of(ID), told.of("pipe_2")]).toEqual([at(0.3), null]);
    told.note(ID, null);
    expect(told.of(ID)).toBeNull();
  });

  it("is told every time, and said at each quarter once", () => {
    const { headway: told, shares, lines } = headway();
    const steps = [0, 0.1, 0.2, 0.3, 0.45, 0.5, 0.6, 0.8, 0.9];
    for (const share of steps) told.note(ID, at(share));
    expect(shares).toEqual(steps);
    const said = [0.3, 0.5, 0.8].map((share) => `${100 * share} % of the live events`);
    expect(lines.map((line) => line.split(",")[0])).toEqual(said);
  });

  it("says that it waits for its turn, and when it begins", () => {
    const { headway: told, lines } = headway();
    told.note(ID, { ...at(0), queued: true });
    told.note(ID, at(0));
    expect(lines).toEqual(["as many soaks run as may at once: it waits for its turn", "its soak begins"]);
  });

  it("is over with its pipeline, even where its stage takes a moment to end behind it", () => {
    const { headway: told, state, shares } = headway();
    told.note(ID, at(0.3));
    state.endedAt = 1;
    expect(told.of(ID)).toBeNull();
    told.note(ID, at(0.4));
    expect([told.of(ID), shares]).toEqual([null, [0.3]]);
  });
});
