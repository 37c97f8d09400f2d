// A plane whose symbols carry bar-sampled instances of momentum and spread in full blocks, and the prices that open
// their bars: the workload of the cycle benchmarks. The prices follow from integers only, so that the C program makes
// the same ones. The core runs on the bench's own thread.
import * as layout from "../../assembly/layout.ts";
import { Instances } from "../../src/stream/instances.ts";
import { instantiateCore, loadCore, type CoreExports } from "../../src/stream/kernels/core.ts";
import { createPlane, type Plane } from "../../src/stream/rings/plane.ts";
import { StateReader } from "../../src/stream/rings/state-reader.ts";

const BAR_MS = 1000;
const COLUMN = layout.COLUMN_BYTES / 8;

export class BarPlane {
  readonly plane: Plane;
  readonly core: CoreExports;
  private readonly f: Float64Array;
  private readonly words: Int32Array;
  /** Series in the order of the table, and where the ends of their bars are noted. */
  private readonly lanes: number[] = [];
  private readonly ends: number;
  private readonly prices: Float64Array;
  private x = 7;
  clock = 0;

  constructor(symbols: number) {
    this.plane = createPlane({ maxSymbols: symbols, maxInstances: 64, workers: 1 });
    this.core = instantiateCore(loadCore().module, this.plane.memory);
    this.core.attach(0);
    this.core.resetGlobals();
    this.words = new Int32Array(this.plane.memory.buffer);
    this.words[(layout.CONSUMERS + layout.CONSUMER_ACTIVE) >> 2] = 1;
    this.f = new Float64Array(this.plane.memory.buffer);
    const { writer, ring, plan } = this.plane;
    const instances = new Instances(plan, ring, writer);
    const ids = Array.from({ length: symbols }, (_, id) => id);
    for (const id of ids) {
      writer.writeName(layout.TABLE_SYMBOL, id, layout.ASSET_CRYPTO, 0, `S${id}`);
      instances.onSymbol(id);
      writer.write(layout.KIND_QUOTE, id, 0, 0, 0, [99.9, 100.1, 1, 1, 0]);
      this.settle();
    }
    // Thresholds that nothing reaches: the rules behind them are not part of the comparison.
    const parameters = { momentum_threshold: 100 };
    instances.add({ strategy: "momentum_rider", barMs: BAR_MS, symbols: ids, strategyId: null, parameters });
    this.settle();
    instances.add({ strategy: "spread_adjuster", barMs: BAR_MS, symbols: ids, strategyId: null });
    this.settle();
    // Symbols lag behind the clock by as much as they were quoted before it; here not at all.
    const rows = (plan.bases[layout.PLAN_SYMBOLS] ?? 0) / 8;
    for (const id of ids) this.f[rows + (id * layout.SYMBOL_BYTES + layout.SYMBOL_LAG) / 8] = 0;
    const base = (plan.bases[layout.PLAN_SERIES] ?? 0) / 8;
    for (const { index } of new StateReader(this.plane.memory, plan).series()) {
      this.lanes.push(base + (index >> 1) * layout.SERIES_COLUMNS * COLUMN + (index & 1));
    }
    this.lanes.sort((a, b) => a - b);
    this.ends = (plan.bases[layout.PLAN_ENDS] ?? 0) / 8;
    this.prices = new Float64Array(this.lanes.length).fill(100);
  }

  /** Opens the bar of every series; the same prices for every plane of as many symbols. `moving` false: a halted market. */
  open(moving = true): void {
    const { f, lanes, prices } = this;
    this.clock += BAR_MS * 1000;
    // Nobody reads signals here (a market that stops after a move gives some): their ring is emptied by its tail.
    const signals = layout.SIGNAL_COUNTERS >> 2;
    this.words[signals + (layout.LINE >> 2)] = this.words[signals] ?? 0;
    // In the order of the table: block by block, lane by lane, as the C program walks.
    for (let lane = 0; lane < lanes.length; lane++) {
      const at = lanes[lane] ?? 0;
      this.x = (Math.imul(this.x, 1664525) + 1013904223) >>> 0;
      const step = moving ? 1 + (this.x / 4294967296 - 0.5) * 0.002 : 1;
      const price = (prices[lane] = (prices[lane] ?? 0) * step);
      f[at + layout.SERIES_OPEN_END * COLUMN] = this.clock;
      f[this.ends + lane] = this.clock;
      f[at + layout.SERIES_OPEN_CLOSE * COLUMN] = price;
      f[at + layout.SERIES_OPEN_HIGH * COLUMN] = moving ? price * 1.0001 : price;
      f[at + layout.SERIES_OPEN_LOW * COLUMN] = moving ? price * 0.9999 : price;
      f[at + layout.SERIES_OPEN_VOLUME * COLUMN] = 10;
    }
  }

  /** Over series, history and both kinds of cells: what a cycle changes. */
  hash(): bigint {
    const { memory, plan } = this.plane;
    const extents = new StateReader(memory, plan).extents();
    const half = (lanes: number): number => Math.ceil(lanes / 2);
    const regions = [
      [layout.PLAN_SERIES, half(extents.series) * layout.SERIES_COLUMNS * 16],
      [layout.PLAN_HISTORY, Math.ceil(extents.series / 16) * layout.HISTORY_TILE_BYTES],
      [
        layout.PLAN_CELLS + layout.MOMENTUM_RIDER,
        half(extents.cells[layout.MOMENTUM_RIDER] ?? 0) * layout.MOMENTUM_COLUMNS * 16,
      ],
      [
        layout.PLAN_CELLS + layout.SPREAD_ADJUSTER,
        half(extents.cells[layout.SPREAD_ADJUSTER] ?? 0) * layout.SPREAD_COLUMNS * 16,
      ],
    ] as const;
    let hash = 0n;
    for (const [region, bytes] of regions) hash = this.core.hashWords(plan.bases[region] ?? 0, bytes, hash);
    return BigInt.asUintN(64, hash);
  }

  /** The memory as the C program reads it. */
  image(): Uint8Array {
    return new Uint8Array(this.plane.memory.buffer).slice(0, this.plane.plan.bases[layout.PLAN_GROUPS]);
  }

  private settle(): void {
    this.plane.ring.publish();
    while (this.core.drain(layout.EVENT_SLOTS) > 0);
  }
}
