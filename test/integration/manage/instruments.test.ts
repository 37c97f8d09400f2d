// Corrections of instruments are kept in the store: they outlive the journal, and wait for what the stream has not seen.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { dataDir, startEngine, type Message } from "../../support/manage/engine.ts";
import type { EngineProcess } from "../../support/engine-process.ts";

const tick = (symbol: string): string => JSON.stringify({ market_data: [{ symbol, price: 100 }] });
const CORRECTION = { tick_size: 0.5, session: "14:30-21:00", asset_type: "stocks", benchmark: "SPY" };

async function corrected(engine: EngineProcess): Promise<void> {
  for (const symbol of ["ACME", "SPY"]) await engine.post(tick(symbol));
  await engine.ask("PUT", "/instruments/ACME", { tick_size: 0.25, taker_fee_bps: 7 });
  expect(await engine.ask("PUT", "/instruments/acme", CORRECTION)).toMatchObject({ status: 200, body: CORRECTION });
}

describe("a corrected instrument", () => {
  it("comes back after kill -9, and has its entries in the audit trail", async () => {
    const env = { DATA_DIR: dataDir(), JOURNAL_SYNC: "always" };
    const first = await startEngine(env);
    await corrected(first);
    await first.kill();
    const second = await startEngine(env);
    expect(await second.get("/instruments/ACME")).toMatchObject({ ...CORRECTION, taker_fee_bps: 7 });
    const { audit } = (await second.get("/audit?action=instrument.put")) as { audit: Message[] };
    expect(audit).toMatchObject([
      { target: "ACME", from: { tick_size: 0.25, taker_fee_bps: 7 }, to: { ...CORRECTION, taker_fee_bps: 7 } },
      { target: "ACME", from: null, to: { tick_size: 0.25, taker_fee_bps: 7 } },
    ]);
    await second.stop();
  });

  it("is in force again in a new journal, as soon as its symbol and its benchmark were seen", async () => {
    const env = { DATA_DIR: dataDir() };
    const first = await startEngine(env);
    await corrected(first);
    await first.stop();
    rmSync(join(env.DATA_DIR, "journal"), { recursive: true });
    const second = await startEngine(env);
    expect((await second.ask("GET", "/instruments/ACME")).status).toBe(404);
    await second.post(tick("ACME"));
    expect(await second.get("/instruments/ACME")).toMatchObject({ benchmark: null });
    await second.post(tick("SPY"));
    await expect.poll(() => second.get("/instruments/ACME")).toMatchObject({ ...CORRECTION, taker_fee_bps: 7 });
  });

  it("is refused with a benchmark that nobody has seen, and nothing is kept", async () => {
    const engine = await startEngine({ DATA_DIR: dataDir() });
    await engine.post(tick("ACME"));
    const refused = await engine.ask("PUT", "/instruments/ACME", { tick_size: 3, benchmark: "NOBODY" });
    expect(refused).toMatchObject({ status: 422, body: { details: [{ field: "benchmark" }] } });
    expect(await engine.get("/audit?action=instrument.put")).toMatchObject({ count: 0 });
    expect(await engine.get("/instruments/ACME")).not.toMatchObject({ tick_size: 3 });
  });
});
