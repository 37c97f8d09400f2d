import { describe, expect, it } from "vitest";
import { failed, ok } from "../../../src/domain/result.ts";
import type { InstrumentChange } from "../../../src/domain/instrument.ts";
import { instrumentView } from "../../support/server/engine.ts";
import { startServer } from "../../support/server/start.ts";

async function call(
  url: string,
  method = "GET",
  body?: object,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(url, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe("GET /instruments", () => {
  it("lists them newest first, page by page", async () => {
    const { http } = startServer();
    const first = await call(`${http}/instruments?limit=100`);
    const names = (first.body["instruments"] as { symbol: string }[]).map(({ symbol }) => symbol);
    expect([names[0], names.length]).toEqual(["SYM119", 100]);
    const second = await call(`${http}/instruments?limit=100&cursor=${String(first.body["next_cursor"])}`);
    expect(second.body).toMatchObject({ count: 20, next_cursor: null });
    expect((await call(`${http}/instruments?limit=0`)).status).toBe(422);
    expect((await call(`${http}/instruments?cursor=x`)).status).toBe(422);
  });

  it("gives one of them by its name in any case, and 404 for a symbol that was never seen", async () => {
    const { http } = startServer();
    expect(await call(`${http}/instruments/sym1`)).toEqual({ status: 200, body: instrumentView("SYM1") });
    const unknown = await call(`${http}/instruments/NOPE`);
    expect([unknown.status, unknown.body["error"]]).toEqual([404, "not_found"]);
    expect((await call(`${http}/instruments/%7Bx`)).status).toBe(404);
  });
});

describe("PUT /instruments/{symbol}", () => {
  it("hands on what was given, and nothing else", async () => {
    const seen: (readonly [string, InstrumentChange])[] = [];
    const setInstrument = (name: string, change: InstrumentChange) => {
      seen.push([name, change]);
      return Promise.resolve(ok(instrumentView(name)));
    };
    const { http } = startServer({ engine: { setInstrument } });
    const body = {
      tick_size: 0.5,
      rates_beta: -1,
      session: "14:30-21:00",
      asset_type: "stocks",
      benchmark: "spy",
      more: 1,
    };
    expect((await call(`${http}/instruments/SYM1`, "PUT", body)).status).toBe(200);
    expect((await call(`${http}/instruments/SYM2`, "PUT", { benchmark: null })).status).toBe(200);
    expect((await call(`${http}/instruments/SYM3`, "PUT", {})).status).toBe(200);
    const session = { open: 870, close: 1260 };
    const fields = { tick_size: 0.5, rates_beta: -1 };
    expect(seen).toEqual([
      ["SYM1", { fields, session, assetType: "stocks", benchmark: "SPY" }],
      ["SYM2", { fields: {}, benchmark: null }],
      ["SYM3", { fields: {} }],
    ]);
  });

  it("names every field that is wrong, and changes nothing", async () => {
    const setInstrument = () => Promise.resolve(failed({ code: "internal_error" as const }));
    const { http } = startServer({ engine: { setInstrument } });
    const wrong = {
      tick_size: -1,
      lot_size: "1",
      min_notional: null,
      taker_fee_bps: 1001,
      maker_fee_bps: -101,
      beta_window: 20.5,
      session: "9-17",
      asset_type: "bonds",
      benchmark: 5,
    };
    const answer = await call(`${http}/instruments/SYM1`, "PUT", wrong);
    expect(answer.status).toBe(422);
    const named = (answer.body["details"] as { field: string }[]).map(({ field }) => field);
    expect(named.sort()).toEqual(Object.keys(wrong).sort());
  });

  it("is 404 for a symbol that was never seen, whatever the body says", async () => {
    const { http } = startServer();
    expect((await call(`${http}/instruments/NOPE`, "PUT", { tick_size: -1 })).status).toBe(404);
  });
});
