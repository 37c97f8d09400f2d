// What tests of the management plane share: an engine as a process with a folder of its own, ended with the test; the
// contract's reference trend; and waiting for a signal of one strategy.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { EngineProcess } from "../engine-process.ts";

export type Message = Readonly<Record<string, unknown>>;

export function dataDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "manage-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export async function startEngine(env: Readonly<Record<string, string>> = {}): Promise<EngineProcess> {
  const engine = await EngineProcess.start({ DATA_DIR: "", MAX_SYMBOLS: "64", MAX_INSTANCES: "64", ...env });
  onTestFinished(() => engine.kill());
  return engine;
}

/** 120 ticks a second apart, the last one at `end`, epoch seconds. */
export function referenceTrend(symbol: string, end = Date.now() / 1000): readonly Message[] {
  let price = 50_000;
  return Array.from({ length: 120 }, (_, tick) => {
    price *= tick % 2 === 1 ? 1.0015 : 1.0025;
    return { symbol, price, volume: 1000 + (1000 * tick) / 119, timestamp: end - (119 - tick) };
  });
}

/** Sends the trend; the strategies that spoke about its symbol in the fast tier, null for the engine's own. */
export async function speakers(engine: EngineProcess, symbol: string): Promise<readonly unknown[]> {
  const answer = await engine.post(JSON.stringify({ market_data: referenceTrend(symbol) }));
  const signals = answer["signals"] as readonly Message[];
  return [...new Set(signals.filter(({ type }) => type === "momentum_rider").map((signal) => signal["strategy_id"]))];
}

export async function register(engine: EngineProcess, body: object): Promise<string> {
  const { status, body: answer } = await engine.ask("POST", "/api/strategy/register", body);
  if (status !== 200) throw new Error(JSON.stringify(answer));
  return String(answer["strategy_id"]);
}
