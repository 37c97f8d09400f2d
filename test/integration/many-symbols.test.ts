// Twenty thousand symbols in one engine: all of them ticking, all 18 strategies on each, and what happens to one of them
// still shows within its second.
import { pack } from "msgpackr";
import { afterAll, expect, it } from "vitest";
import { EngineProcess } from "../support/engine-process.ts";

const SYMBOLS = 20_000;
/** A new symbol takes some twenty records of the event ring. */
const BATCH = 2_000;
const ROUNDS = 6;
const TREND = 120;
const engines: EngineProcess[] = [];
afterAll(async () => {
  for (const engine of engines) await engine.stop();
});

it("20,000 symbols tick side by side, and the trend of one of them gives its signal", async () => {
  const engine = await EngineProcess.start({ MAX_SYMBOLS: String(SYMBOLS), DATA_DIR: "", REDIS_URL: "" });
  engines.push(engine);
  const now = Date.now() / 1_000;
  for (let round = 0; round < ROUNDS; round++) {
    for (let first = 0; first < SYMBOLS; first += BATCH) {
      const ticks = Array.from({ length: BATCH }, (_, index) => {
        const price = 100 + ((first + index + round * 7) % 13) / 100;
        return [`M${first + index}`, price, 10, now - TREND - ROUNDS + round, "crypto"];
      });
      const answer = await engine.post(pack(ticks), "application/msgpack");
      expect([answer["processed"], answer["rejected"]], `round ${round}`).toEqual([BATCH, 0]);
    }
  }
  const refused = await engine.ask("POST", "/api/strategy_engine/process_market_data", {
    market_data: [{ symbol: "ONEMORE", price: 1 }],
  });
  expect(JSON.stringify(refused.body)).toContain("MAX_SYMBOLS");
  const chosen = `M${SYMBOLS - 3}`;
  let price = 100;
  const trend = Array.from({ length: TREND }, (_, step) => {
    price *= step % 2 === 0 ? 1.0025 : 1.0015;
    return { symbol: chosen, price, volume: 1_000 + (1_000 * step) / TREND, timestamp: now - TREND + step + 1 };
  });
  const { signals } = await engine.post(JSON.stringify({ market_data: trend }));
  const spoken = signals as readonly { readonly symbol: string; readonly type: string; readonly action: string }[];
  expect(
    spoken.some(({ type, symbol, action }) => type === "momentum_rider" && symbol === chosen && action === "buy"),
  ).toBe(true);
  expect((await engine.get(`/symbols/${chosen}`))["ticks"]).toBe(ROUNDS + TREND);
  expect((await engine.get("/health"))["status"]).toBe("healthy");
});
