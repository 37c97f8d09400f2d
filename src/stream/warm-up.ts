// Runs the kernels on a small memory of its own until V8 has compiled them for speed: the first passes cost twenty
// times a later one. The compiled code belongs to the module, so the workers find it ready. No real state is touched.
import * as layout from "../../assembly/layout.ts";
import { createCompute, activate } from "./compute.ts";
import { Instances } from "./instances.ts";
import type { CoreModule } from "./kernels/core.ts";

const ROUNDS = 240;
const SYMBOLS = 24;

/** Milliseconds that it took. */
export function warmUp(core: CoreModule): number {
  const begin = performance.now();
  const compute = createCompute({ maxSymbols: 64, maxInstances: 32, workers: 1 }, core);
  const { plane, host } = compute;
  activate(compute);
  const tails = new Int32Array(plane.memory.buffer);
  const instances = new Instances(plane.plan, plane.ring, plane.writer);
  let clock = 1_700_000_000_000_000;
  plane.writer.stamp(clock);
  instances.defineDefaults({ cooldownUs: 1_000_000, learning: true });
  for (let symbol = 0; symbol < SYMBOLS; symbol++) {
    plane.writer.writeName(layout.TABLE_SYMBOL, symbol, layout.ASSET_CRYPTO, layout.FLAG_DEMO, `WARM${symbol}`);
    instances.onSymbol(symbol);
  }
  for (let round = 0; round < ROUNDS; round++) {
    clock = plane.writer.stamp(clock + 100_000);
    for (let symbol = 0; symbol < SYMBOLS; symbol++) {
      const price = 100 + symbol + ((round * 7 + symbol * 3) % 11) * 0.01;
      plane.writer.write(layout.KIND_QUOTE, symbol, 0, 0, clock, [price - 0.01, price + 0.01, 1, 2, 0]);
      plane.writer.write(layout.KIND_TRADE, symbol, 0, 0, clock, [price, 1, price, price, price]);
    }
    const tiers = layout.TIER_FAST | (round % 10 === 0 ? layout.TIER_TACTICAL | layout.TIER_LEARNING : 0);
    plane.writer.write(layout.KIND_CLOCK, 0, 0, tiers, clock, []);
    plane.ring.publish();
    host.drain(layout.EVENT_SLOTS);
    // Nobody reads these signals: the ring is emptied by moving its tail.
    tails[(layout.SIGNAL_COUNTERS + layout.LINE) >> 2] = tails[layout.SIGNAL_COUNTERS >> 2] ?? 0;
  }
  return performance.now() - begin;
}
