// Limits among a strategy's risk limits: what is judged where it is sent, and what becomes of one that was stored before.
import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { Book } from "../../../src/manage/executions/book.ts";
import { FeedEvent } from "../../../src/manage/executions/feed-event.ts";
import { startFault } from "../../../src/manage/executions/start.ts";
import { termsFor } from "../../../src/manage/executions/terms.ts";
import { changed, draftOf } from "../../../src/manage/registry/draft.ts";
import { limitsTrouble, riskLimitIssues } from "../../../src/manage/risk-limits.ts";
import { limitsOf } from "../../../src/research/research.ts";
import { BOUNDS, type TradeSignal } from "../../../src/simulation/simulation.ts";
import { builtin } from "../../support/manage/registered.ts";

type Given = Readonly<Record<string, unknown>>;
const NEVER_MEANT = [2.5, true, -1, "NaN", "50", [], {}, 2 ** 53, 0.5];

function made(riskLimits: Given) {
  return draftOf("strat_a", { name: "a", code: "when a then buy", language: "rules", riskLimits }, 1);
}
function fields(riskLimits: Given): readonly string[] {
  return riskLimitIssues(riskLimits).map(({ field }) => field);
}

describe("a risk limit that is sent", () => {
  it.each(NEVER_MEANT)(
    "and cannot be meant is refused with what was found and what is allowed: %j trades a day",
    (value) => {
      expect(made({ max_trades_per_day: value })).toMatchObject({
        ok: false,
        failure: {
          code: "validation_error",
          issues: [
            {
              field: "risk_limits.max_trades_per_day",
              issue: `must be a whole number from 1, found ${JSON.stringify(value)}`,
            },
          ],
        },
      });
    },
  );

  it("is judged as a run over history judges it, but for what the API calls no limit", () => {
    const values = [...NEVER_MEANT, 1, 7, 0, false, null, 10_000];
    for (const name of Object.keys(BOUNDS))
      for (const value of values) {
        const isNone = value === 0 || value === false || value === null;
        const refused = fields({ [name]: value }).length > 0;
        const expected = isNone ? name !== "max_trades_per_day" : !limitsOf({}, { [name]: value }).ok;
        expect(refused, `${name} ${JSON.stringify(value)}`).toBe(expected);
      }
  });

  it("is kept as it was sent where it is none, or where the engine does not know it", () => {
    const kept = { max_trades_per_day: 0, stop_loss: "5 %", mine: { deep: [2.5] } };
    const draft = made(kept);
    expect(draft.ok && draft.value.strategy.riskLimits).toEqual(kept);
  });

  it("is judged among the others, each named", () => {
    const wrong = {
      daily_loss_limit: 1,
      max_drawdown: "-0.1",
      max_position_size: 0,
      max_open_positions: null,
      var_95: 2,
    };
    expect(fields(wrong).toSorted()).toEqual(
      Object.keys(wrong)
        .map((name) => `risk_limits.${name}`)
        .toSorted(),
    );
  });
});

const STORED = builtin("momentum_rider", {}, { max_trades_per_day: 2.5 });

describe("a risk limit that was stored before it was judged", () => {
  it("keeps nobody from changing something else, and is judged as soon as limits are sent", () => {
    const entry = { strategy: STORED, versions: [] };
    expect(changed(entry, { parameters: { position_size: 0.2 } }, 2).ok).toBe(true);
    for (const riskLimits of [{}, { max_trades_per_day: 2.5 }, { max_drawdown: -0.1 }])
      expect(changed(entry, { riskLimits }, 2)).toMatchObject({ ok: false });
    for (const limit of [3, null])
      expect(changed(entry, { riskLimits: { max_trades_per_day: limit } }, 2).ok).toBe(true);
  });

  it("keeps an execution from being started, whatever the start says itself, with the way out", () => {
    const sentence =
      "risk_limits.max_trades_per_day must be a whole number from 1, found 2.5: no position is opened until " +
      "PUT /strategies/mine gives another value, or null for none";
    expect(limitsTrouble(STORED)).toBe(sentence);
    expect(startFault(STORED)).toMatchObject({
      code: "validation_error",
      issues: [{ field: "risk_limits.max_trades_per_day" }],
    });
    expect(startFault(builtin("momentum_rider", {}, { max_trades_per_day: 2 }))).toBeNull();
  });

  it("opens nothing in an execution that goes on, which leaves what it holds, until it is mended", () => {
    const terms = (riskLimits: Given) =>
      termsFor({ parameters: {}, riskLimits, executionConfig: { max_trades_per_day: 9 } });
    const book = new Book(terms({}), ["BTCUSD", "ETHUSD"], { booked: () => undefined, closed: () => undefined });
    const event = new FeedEvent();
    const tick = (): void => {
      for (const place of [0, 1]) {
        Object.assign(event, { kind: layout.KIND_TRADE, sequence: event.sequence + 1, clock: event.clock + 1e6 });
        event.values.set([100, 1e9]);
        book.event(place, event);
      }
    };
    const say = (symbol: number, action: TradeSignal["action"]): boolean => {
      book.signals([{ symbol, action, entry: 100, stop: 0, target: 0, values: [], group: 0 }], "momentum_rider");
      tick();
      return book.held(symbol) > 0;
    };
    tick();
    expect(say(0, "buy")).toBe(true);
    book.retune(terms(STORED.riskLimits));
    expect(say(1, "buy")).toBe(false);
    expect(say(0, "exit")).toBe(false);
    expect(say(0, "buy")).toBe(false);
    book.retune(terms({ max_trades_per_day: 3 }));
    expect(say(1, "buy")).toBe(true);
  });
});
