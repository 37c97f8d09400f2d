// A client that stays while the engine is killed with kill -9 and started again on the same port.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { EngineProcess } from "../../support/engine-process.ts";
import { inTime } from "../../support/eventually.ts";
import { freePort } from "../../support/redis-server.ts";
import { acknowledged, liveClient } from "../../support/client-run.ts";
import type { Item, WireSignal } from "../../../src/client/client.ts";

const ROUNDS = 15;

/** Makes momentum_rider speak once, for a symbol of its own. */
function rise(symbol: string): string {
  const now = Date.now() / 1000;
  let price = 50_000;
  const ticks = Array.from({ length: 120 }, (_, tick) => {
    price *= tick % 2 === 1 ? 1.0015 : 1.0025;
    return { symbol, asset_type: "crypto", price, volume: 1000 + tick * 8, timestamp: now - (119 - tick) };
  });
  return JSON.stringify(ticks);
}

it("over kill -9 and a restart it gets every signal of both runs once, and is told where the one ends", async () => {
  const dir = mkdtempSync(join(tmpdir(), "engine-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const env = { DATA_DIR: dir, MAX_SYMBOLS: "256", MAX_INSTANCES: "64" };
  const port = await freePort();
  let engine = await EngineProcess.start({ ...env, PORT: String(port) });
  onTestFinished(() => engine.kill());
  const { url } = engine;
  const filter = { strategies: ["momentum_rider"] };
  const items: Item<WireSignal>[] = [];
  const symbols = (): readonly string[] => items.flatMap((item) => (item.kind === "update" ? [item.data.symbol] : []));
  let arrived: () => void = () => undefined;
  const subscription = liveClient(url, { silenceMs: 3_000 }).subscribe("signals", {
    filter,
    onItem: (item) => {
      items.push(item);
      arrived();
    },
  });
  const more = async (): Promise<void> => {
    const next = new Promise<void>((resolve) => (arrived = resolve));
    await inTime(next, () => [subscription.position, symbols()]);
  };
  const have = async (symbol: string): Promise<void> => {
    while (!symbols().includes(symbol)) await more();
  };
  await acknowledged(subscription);
  const before = subscription.position;
  for (let round = 0; round < ROUNDS; round += 1) await engine.post(rise(`BEFORE${round}`));
  await have(`BEFORE${ROUNDS - 1}`);
  await engine.kill();
  engine = await EngineProcess.start({ ...env, PORT: String(port) });
  while (subscription.position?.epoch === before?.epoch) await more();
  for (let round = 0; round < ROUNDS; round += 1) await engine.post(rise(`AFTER${round}`));
  await have(`AFTER${ROUNDS - 1}`);
  const all = symbols();
  expect(all.toSorted()).toEqual(
    ["BEFORE", "AFTER"].flatMap((name) => Array.from({ length: ROUNDS }, (_, n) => `${name}${n}`)).toSorted(),
  );
  const ids = items.flatMap((item) => (item.kind === "update" ? [item.data.id] : []));
  expect(new Set(ids).size).toBe(ids.length);
  expect(items.filter(({ kind }) => kind === "gap")).toMatchObject([{ reason: "epoch_changed", toSeq: null }]);
  expect(items.findIndex(({ kind }) => kind === "gap")).toBe(ROUNDS);
});
