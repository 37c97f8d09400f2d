// Feature flags that gate a strategy, on live events: executions of code and of the engine's own strategies open nothing
// where a flag is off, every version alike, and still close what they hold.
import { describe, expect, it } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { dataDir, referenceTrend, register, startEngine, type Message } from "../../support/manage/engine.ts";
import { Paper, type Tick } from "../../support/manage/paper.ts";
import { strategyCode } from "../../support/strategy-code.ts";

const ID = "strat_gated1";
const SYMBOLS = Array.from({ length: 8 }, (_, index) => `GT${String.fromCharCode(65 + index)}USD`);
/** In at every tenth tick of a symbol, out five later. */
const CODE = strategyCode(
  "if (market.count % 10 == 1) this.buy(0.5); else if (market.count % 10 == 6) this.sell(0.5);",
);
const FLAG = { name: "careful", description: "", strategies: [ID], symbols: [] };

function ticks(from: number, rounds: number): readonly Tick[] {
  return Array.from({ length: rounds * SYMBOLS.length }, (_, index) => {
    const at = from * SYMBOLS.length + index;
    return { symbol: SYMBOLS[at % SYMBOLS.length] ?? "", price: 100 + Math.sin(at / 50) };
  });
}

describe("a flag that names a strategy", () => {
  it("shuts its symbols from one event on, which is kept, for all versions alike; what is held can be closed", async () => {
    const paper = await Paper.open({ strategies: [{ id: ID, code: CODE, parameters: { symbols: SYMBOLS } }] });
    const { flags, executions, audit } = paper.manage;
    await paper.start(ID);
    await paper.feed(ticks(0, 4)); // bought, and held
    await paper.settled();
    await expect.poll(() => paper.trades.length).toBe(SYMBOLS.length);
    const before = executions.nextSequence;
    const put = await flags.put({ ...FLAG, enabled: true, rolloutPercent: 50 }, "test");
    expect(put).toMatchObject({ ok: true, value: { fromSequence: before } });
    expect((await audit.page({ limit: 1 })).entries[0]).toMatchObject({
      action: "flag.put",
      after: { from_sequence: before, strategies: [ID] },
    });
    const compiled = await paper.manage.compiler.compile(`// another text\n${CODE}`, "assemblyscript");
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.failure));
    const offer = { version: "2.0.0", program: compiled.value, parameters: { symbols: SYMBOLS } };
    const begun = await executions.offer(ID, "beside", offer);
    const run = begun.ok ? begun.value : null;
    await paper.feed(ticks(4, 36));
    await paper.settled();
    await expect.poll(() => executions.active()[0]?.reigns.at(-1)?.events).toBe(40 * SYMBOLS.length);
    const open = new Set(SYMBOLS.filter((symbol) => flags.isOn("careful", `${ID}\n${symbol}`)));
    expect(open.size).toBeGreaterThan(0);
    expect(open.size).toBeLessThan(SYMBOLS.length);
    for (const symbol of SYMBOLS) {
      const mine = paper.trades.filter((trade) => trade.symbol === symbol);
      // In and out four times, or once: in before the flag, out behind it.
      expect([symbol, mine.length]).toEqual([symbol, open.has(symbol) ? 8 : 2]);
      expect(mine[1]?.side).toBe("SELL");
    }
    // Both versions had the same verdicts: the new one traded the open symbols in the shadow and no other.
    const evidence = await run?.evidence();
    expect(evidence?.trades.new).toBeGreaterThan(0);
    expect(evidence?.trades.new).toBeLessThanOrEqual(open.size * 8);
    expect(evidence?.trades.old).toBeLessThanOrEqual(open.size * 8);
    run?.end();
    await flags.remove("careful", "test");
    await paper.feed(ticks(40, 10));
    await paper.settled();
    const later = (): number => paper.trades.filter(({ symbol }) => !open.has(symbol)).length;
    await expect.poll(later).toBe((SYMBOLS.length - open.size) * 4);
  });

  it("is set over REST, holds after a restart, and keeps one of the engine's own strategies from opening", async () => {
    const env = { DATA_DIR: dataDir() };
    const before = await startEngine(env);
    const id = await register(before, { strategy_type: "momentum_rider", parameters: { symbols: ["BTCUSD"] } });
    const body = { enabled: false, strategies: [id], symbols: ["btcusd"] };
    const put = await before.ask("PUT", "/feature-flags/btc_off", body);
    expect(put).toMatchObject({ status: 200, body: { strategies: [id], symbols: ["BTCUSD"], rollout_percent: 100 } });
    expect(Number.isSafeInteger(put.body["from_sequence"])).toBe(true);
    await before.kill();
    const after = await startEngine(env);
    expect((await after.get("/feature-flags"))["feature_flags"]).toMatchObject([{ name: "btc_off", strategies: [id] }]);
    // What is left out stays; only what is given as empty goes.
    const again = await after.ask("PUT", "/feature-flags/btc_off", { enabled: false, rollout_percent: 0 });
    expect(again).toMatchObject({ status: 200, body: { strategies: [id], symbols: ["BTCUSD"], rollout_percent: 0 } });
    const all = await after.ask("PUT", "/feature-flags/btc_off", { enabled: false, symbols: [] });
    expect(all).toMatchObject({ status: 200, body: { strategies: [id], symbols: [] } });
    const few = await after.ask("PUT", "/feature-flags/btc_off", { enabled: false, symbols: ["BTCUSD"] });
    expect(few).toMatchObject({ status: 200, body: { strategies: [id], symbols: ["BTCUSD"] } });
    const gone = await after.ask("PUT", "/feature-flags/btc_off", { enabled: false, strategies: [] });
    expect(gone).toMatchObject({ status: 200, body: { strategies: [], symbols: [] } });
    expect((await after.ask("PUT", "/feature-flags/btc_off", body)).status).toBe(200);
    const none = await after.ask("PUT", "/feature-flags/of_nobody", { enabled: false });
    expect(none).toMatchObject({ status: 200, body: { strategies: [], symbols: [] } });
    const begun = await after.ask("POST", `/strategies/${id}/start`);
    const executionId = String(begun.body["execution_id"]);
    const trend = referenceTrend("BTCUSD");
    await after.post(JSON.stringify({ market_data: trend }));
    const signals = async (): Promise<readonly Message[]> =>
      (await after.get(`/signals?strategy_id=${id}`))["signals"] as readonly Message[];
    const last = Number(trend.at(-1)?.["price"]);
    const step = (count: number) => after.post(JSON.stringify({ symbol: "BTCUSD", price: last + count, volume: 1 }));
    let count = 0;
    const spoken = async (): Promise<number> => {
      await step(count++);
      return (await signals()).length;
    };
    await eventually(spoken, (found) => found > 0);
    for (let more = 0; more < 20; more++) await step(count++);
    const trades = async (): Promise<number> => Number((await after.get(`/executions/${executionId}`))["trade_count"]);
    expect(await trades()).toBe(0);
    expect((await after.ask("PUT", "/feature-flags/btc_off", { ...body, enabled: true })).status).toBe(200);
    const traded = async (): Promise<number> => {
      await step(count++);
      return trades();
    };
    await eventually(traded, (found) => found > 0);
  });
});
