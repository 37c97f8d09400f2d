// A whole data plane on the calling thread: memory, core, instance table, and no worker. Events go in as the host writes
// them live, `settle` evaluates them, signals come out as main reads them live; so whatever runs here (backtests, the
// parity certificate, the look-ahead analysis) runs the code that trades. Times are integer microseconds.
import * as layout from "../../assembly/layout.ts";
import { assetTypeCode, guessAssetType, type AssetType } from "../domain/asset-type.ts";
import { failed, type Result } from "../domain/result.ts";
import type { StrategyType } from "../domain/strategies.ts";
import type { EpochUs } from "../domain/units.ts";
import { activate, createCompute } from "./compute.ts";
import { Evaluator } from "./evaluator.ts";
import { Instances, type InstanceFailure, type InstanceInfo, type InstanceRequest } from "./instances.ts";
import { Instruments } from "./instruments.ts";
import { loadCore, type CoreModule } from "./kernels/core.ts";
import { PAGE_BYTES, planMemory } from "./rings/memory-plan.ts";
import { SignalRings } from "./rings/signal-ring.ts";

export type { InstanceFailure, InstanceInfo, InstanceRequest } from "./instances.ts";
export { dueTiers, type TierIntervals } from "./kernels/tier-clock.ts";
export { instantiateCore, type CoreExports } from "./kernels/core.ts";
export { PAGE_BYTES } from "./rings/memory-plan.ts";
export type { SignalRecord } from "./rings/signal-ring.ts";
export { MarkChecker, readMark } from "./marks.ts";
export { Retrace } from "./retrace.ts";

export interface SoloOptions {
  readonly maxSymbols: number;
  /** Beside the 18 places of the engine's own. */
  readonly maxInstances: number;
  /** Engine clock before the first event. */
  readonly clock: EpochUs;
  readonly cooldownUs: number;
}

/** Control events that a symbol or an instance can cost. */
const CONTROLS_MAX = 1_024;

const NOTHING: readonly number[] = [];

let released: CoreModule | null = null;

/** The release build, compiled once in each thread. */
export function sharedCore(): CoreModule {
  return (released ??= loadCore());
}

function capacityOf({ maxSymbols, maxInstances }: Pick<SoloOptions, "maxSymbols" | "maxInstances">) {
  return { maxSymbols, maxInstances: layout.STRATEGY_COUNT + maxInstances, workers: 1 };
}
/** What the memory of such a plane will have. */
export function soloBytes(options: Pick<SoloOptions, "maxSymbols" | "maxInstances">): number {
  return planMemory(capacityOf(options)).pages * PAGE_BYTES;
}

export class SoloPlane extends Evaluator {
  readonly instances: Instances;
  private readonly instruments: Instruments;
  private readonly ids = new Map<string, number>();
  private readonly names: string[] = [];
  private readonly labels: readonly Map<string, number>[] = [new Map(), new Map(), new Map()];

  constructor(options: SoloOptions) {
    const capacity = capacityOf(options);
    const { maxSymbols, maxInstances } = capacity;
    const compute = createCompute(capacity, sharedCore());
    activate(compute);
    const { memory, plan, ring, writer } = compute.plane;
    const rings = new SignalRings(memory, plan, { sequence: 0, count: 0, hash: 0n });
    super(compute, rings, layout.SIGNAL_SLOTS / (2 * maxSymbols * maxInstances + 1));
    this.instances = new Instances(plan, ring, writer);
    this.instruments = new Instruments(memory, plan, ring, writer);
    writer.stamp(options.clock);
    this.instruments.complete([]).next();
    this.instances.set(layout.SETTING_COOLDOWN_US, options.cooldownUs);
    this.instances.set(layout.SETTING_LEARNING, 1);
    this.settle();
  }

  /** Id of a symbol, which gets one when it is new. */
  symbol(name: string, assetType: AssetType = guessAssetType(name)): number {
    const known = this.ids.get(name);
    if (known !== undefined) return known;
    this.room();
    const id = this.ids.size;
    const asset = assetTypeCode(assetType);
    this.ids.set(name, id);
    this.names.push(name);
    this.compute.plane.writer.writeName(layout.TABLE_SYMBOL, id, asset, 0, name);
    if (!this.instances.onSymbol(id, name, asset)) throw new RangeError(`no room for symbol ${name}`);
    this.instruments.onSymbol({ id, name, assetType: asset });
    return id;
  }

  symbolName(id: number): string {
    return this.names[id] ?? `#${id}`;
  }

  /** Id of a venue (TABLE_VENUE), or of a macro series or contract (TABLE_SERIES). */
  label(table: number, name: string): number {
    const known = this.labels[table]?.get(name);
    if (known !== undefined) return known;
    this.room();
    const id = (this.labels[table]?.size ?? 0) + 1; // 0: none
    this.labels[table]?.set(name, id);
    this.compute.plane.writer.writeName(table, id, 0, 0, name);
    return id;
  }

  add(request: InstanceRequest): Result<InstanceInfo, InstanceFailure> {
    this.room();
    const added = this.instances.add(request);
    return added.ok ? added : failed(added.failure);
  }

  /** The engine's own instance of this strategy; before the symbols. */
  own(type: StrategyType): InstanceInfo {
    this.room();
    return this.instances.own(type);
  }

  /** A clock event with the tiers that are due. */
  beat(tiers: number, clock: EpochUs): void {
    this.write(layout.KIND_CLOCK, 0, 0, tiers, clock, clock, NOTHING);
  }

  /** Events that wait for `settle`. */
  get waiting(): number {
    return layout.EVENT_SLOTS - this.compute.plane.ring.free();
  }

  private room(): void {
    if (this.compute.plane.ring.free() < CONTROLS_MAX) throw new RangeError("settle before names and instances");
  }
}
