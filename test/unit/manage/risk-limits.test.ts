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
import { answerLimit, limitsOf as pipelineLimits } from "../../../src/manage/pipeline/limits.ts";
import { beginningOf } from "../../support/manage/beginning.ts";
import { HostThread, programOf } from "../../support/manage/host-thread.ts";
import { builtin } from "../../support/manage/registered.ts";
import { strategyOf } from "../../support/sandbox/python.ts";

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

describe("a loss limit of 0", () => {
  /** Reason for the pause, or null, after it has bought at 100 and seen this price. */
  async function seen(riskLimits: Given, price: number): Promise<string | null> {
    const thread = new HostThread();
    const terms = termsFor({ parameters: {}, riskLimits, executionConfig: {} });
    const program = programOf("BUYS", strategyOf("return 'BUY'"));
    await thread.letter({ kind: "begin", order: beginningOf({ key: 1, program, terms }) });
    expect(thread.ticks(3)).toEqual({ sides: ["BUY"], faults: [] });
    thread.ticks(1, price);
    return thread.batches.flatMap(({ breach }) => breach ?? [])[0] ?? null;
  }

  it.each(["daily_loss_limit", "max_drawdown"])("allows no loss at all: what trades is paused at %s", async (name) => {
    expect(fields({ [name]: 0 })).toEqual([]);
    expect(await seen({ [name]: 0 }, 99.99)).toContain(`${name} reached: `);
    expect(await seen({ [name]: -0 }, 99.99)).toContain(`${name} reached: `);
    expect(await seen({ [name]: 0 }, 100)).toBeNull();
    expect(await seen({ [name]: 0 }, 101)).toBeNull();
    expect(await seen({}, 50)).toBeNull();
  });

  it("is the same to a pipeline", () => {
    const limits = pipelineLimits({ daily_loss_limit: 0, max_drawdown: 0 });
    const stakes = (day: number) => ({
      largest_position: 0,
      most_positions: 0,
      worst_day: day,
      trade_order_drawdown: 0,
      moments: null,
    });
    const broken = (day: number, fall: number) =>
      limits
        .map((limit) =>
          answerLimit(limit, stakes(day), {
            maxDrawdown: fall,
            var95: null,
            expectedShortfall95: null,
            correlation: null,
          }),
        )
        .filter(({ passed }) => !passed)
        .map(({ name }) => name);
    expect(broken(0, 0)).toEqual([]);
    expect(broken(-1, -0.01)).toEqual(["daily_loss_limit", "max_drawdown"]);
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
