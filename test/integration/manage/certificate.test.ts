// The parity certificate: that live path and backtest agree about strategies of all sorts, and that it says so when not.
import { describe, expect, it } from "vitest";
import { ok } from "../../../src/domain/result.ts";
import type { Manage } from "../../../src/manage/manage.ts";
import type { Trials } from "../../../src/manage/pipeline/trial/trials.ts";
import type { Tape } from "../../../src/simulation/simulation.ts";
import { deploy, ofCode, ofType, openManage, until } from "../../support/manage/managed.ts";
import { Paper, path } from "../../support/manage/paper.ts";
import * as pipelines from "../../support/manage/pipelines.ts";

const FLIP = pipelines.strategyCode(
  "if (market.position > 0) this.close(); else this.buy(0.7, market.price * 0.99, market.price * 1.01);",
);
const EAGER = pipelines.strategyCode(
  `const value = this.rsi.next(market.price);
    if (value < 45) this.buy(0.6); else if (value > 55) this.sell(0.6);`,
  "private rsi: Rsi = new Rsi(3);",
);

/** Rules over what the engine's own strategies say, whose decisions hang on every event that these have seen. */
const RULES = `buy when momentum_rider.long and position == flat;
sell when momentum_rider.short or mean_reversion.sell;
exit when momentum_rider.flat or held > 20 m;
stop atr(5) * 2`;

/** Longer than anybody waits here: the test ends it. */
const SOAK_MS = 3_600_000;

/** Of the trial of one pipeline: what was asked, and changed before it goes to the thread. */
function tampering(manage: Manage, change: (tape: Tape) => Tape): void {
  const threads = manage.pipelines["threads"];
  const run = threads.run.bind(threads);
  const tampered: Trials["run"] = (kind, asked, signal, hooks) => {
    const { tape } = asked as { readonly tape?: Tape | null };
    return run(kind, kind === "parity" && tape ? { ...asked, tape: change(tape) } : asked, signal, hooks);
  };
  Object.assign(threads, { run: tampered });
}

/** The next soak lasts as long as the test wants: it says when it has begun, and when it is to end. */
function soakByHand(manage: Manage) {
  const live = manage.pipelines["live"];
  if (live === null) throw new Error("nobody runs soaks");
  let end: () => void = () => undefined;
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  const begun = new Promise<void>((resolve) => {
    manage.pipelines.soakBy(async (...asked) => {
      const opened = await live(...asked);
      resolve();
      if (!opened.ok) return opened;
      const soak = opened.value;
      return ok({ seen: () => soak.seen(), over: Promise.race([soak.over, over]), end: () => soak.end() });
    });
  });
  return { begun, end: () => end() };
}

async function certificateOf(manage: Manage, strategyId: string, during?: () => Promise<void>) {
  const soak = during === undefined ? null : soakByHand(manage);
  const pipelineId = await deploy(manage, strategyId, soak === null ? {} : { soakMs: SOAK_MS });
  await Promise.race([soak?.begun, until(manage, pipelineId)]); // one that fails before is seen below
  await during?.();
  soak?.end();
  const record = await until(manage, pipelineId);
  expect(record).toMatchObject({ status: "completed", error: null });
  return record.certificate ?? {};
}

describe("a certificate without a soak", () => {
  it.each([
    ["position, stop and target", FLIP, {}],
    ["short positions with costs", EAGER, { allow_short: true, fee_bps: 10, slippage_bps: 2 }],
    ["what executions do not simulate", EAGER, { latency_ms: 50, careful_costs: true, symbols: ["AAPL", "BTCUSD"] }],
  ])("agrees about %s, over a day on a simulated clock", async (_, code, parameters) => {
    const manage = await openManage();
    const certificate = await certificateOf(manage, await ofCode(manage, code, parameters));
    expect(certificate).toMatchObject({ agrees: true, source: "simulated", differing: 0, differences: [] });
    expect(certificate["decisions"]).toBeGreaterThan(10);
    expect(certificate["fills"]).toBeGreaterThan(5);
    expect(certificate["live_hash"]).toBe(certificate["backtest_hash"]);
    expect(certificate["events_hash"]).toMatch(/^[0-9a-f]{16}$/);
  });

  it("agrees about rules that read the engine's own signals", async () => {
    const manage = await openManage();
    const parameters = { symbols: ["AAPL", "BTCUSD"] };
    const made = await manage.registry.create({ name: "ruled", code: RULES, parameters, riskLimits: {} }, "test");
    if (!made.ok) throw new Error(JSON.stringify(made.failure));
    expect(made.value.language).toBe("rules");
    const certificate = await certificateOf(manage, made.value.strategyId);
    expect(certificate).toMatchObject({ agrees: true, source: "simulated", differing: 0 });
    expect(certificate["decisions"]).toBeGreaterThan(10);
    expect(certificate["fills"]).toBeGreaterThan(5);
  });

  it("is none for one of the engine's own", async () => {
    const manage = await openManage();
    expect(await certificateOf(manage, await ofType(manage))).toEqual({});
  });
});

describe("a certificate of a soak", () => {
  const soaked = async (change: (tape: Tape) => Tape = (tape) => tape) => {
    const parameters = { symbols: ["CERTUSD"], fee_bps: 5 };
    const paper = await Paper.open({ strategies: [{ id: "strat_certify", code: FLIP, parameters }] });
    tampering(paper.manage, change);
    const certificate = await certificateOf(paper.manage, "strat_certify", async () => {
      await paper.feed(path("CERTUSD", 100, 1.001, 40));
      await paper.settled();
    });
    return { certificate, alerts: paper.manage.alerts };
  };

  it("is about the live events, by their numbers in the journal", async () => {
    const { certificate, alerts } = await soaked();
    expect(certificate).toMatchObject({ agrees: true, source: "live", events: 40, whole: true });
    expect(certificate["decisions"]).toBe(40);
    expect(Number(certificate["last_sequence"])).toBeGreaterThan(Number(certificate["first_sequence"]));
    expect(JSON.stringify(alerts.open())).not.toContain("parity");
  });

  it("to which no event came is made of a day on a simulated clock", async () => {
    const parameters = { symbols: ["SILENTUSD"] };
    const paper = await Paper.open({ strategies: [{ id: "strat_silence", code: FLIP, parameters }] });
    const certificate = await certificateOf(paper.manage, "strat_silence", () => Promise.resolve());
    expect(certificate).toMatchObject({ agrees: true, source: "simulated" });
    expect(certificate["decisions"]).toBeGreaterThan(0);
  });

  it("does not agree where one price was another one, shows the difference, and raises an alert", async () => {
    const { certificate, alerts } = await soaked((tape) => {
      const rows = tape.rows.slice();
      rows[12 * 7 + 6] = 99; // the price of the eighth event
      return { ...tape, rows };
    });
    expect(certificate).toMatchObject({ agrees: false, source: "live" });
    expect(certificate["live_hash"]).not.toBe(certificate["backtest_hash"]);
    expect((certificate["differences"] as readonly string[])[0]).toMatch(/live .*; by the backtest /);
    const raised = JSON.stringify(alerts.open());
    expect(raised).toContain("parity of version");
    expect(raised).toContain("critical");
  });

  it("does not agree where a decision or a fill is missing", async () => {
    const { certificate } = await soaked((tape) => ({ ...tape, decisions: tape.decisions.slice(1) }));
    expect(certificate).toMatchObject({ agrees: false });
  });
});
