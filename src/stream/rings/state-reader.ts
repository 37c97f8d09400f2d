// Reads what the core keeps in the shared memory: symbols, instances, series, cells. Racy by nature while workers run
// (single f64 words are never torn), exact when they rest.
import * as layout from "../../../assembly/layout.ts";
import { GLOBALS_LEARNED } from "../../../assembly/learned-layout.ts";
import * as regimes from "../../../assembly/regimes.ts";
import type { Regime } from "../../domain/regime.ts";
import { isMultiLeg } from "../../domain/strategies.ts";
import { CELL_COLUMNS, type MemoryPlan } from "./memory-plan.ts";

export interface SymbolState {
  readonly id: number;
  readonly name: string;
  readonly assetType: number;
  readonly ticks: number;
  readonly price: number;
  readonly time: number;
  readonly bars: number;
  readonly demo: boolean;
  /** SYMBOL_HISTORY: 1 its history is in, 0 none, below 0 it has begun. */
  readonly history: number;
}
export interface RegimeState {
  readonly regime: Regime;
  /** That it is so now. */
  readonly probability: number;
  /** Engine clock at which it was taken up, microseconds; 0: unknown. */
  readonly since: number;
  /** Of a trend: 1 up, -1 down; else 0. */
  readonly side: number;
}
/** By REGIME_ code. */
export const REGIME_WORDS: readonly Regime[] = ["unknown", "trending", "ranging", "volatile", "calm"];
export interface InstanceState {
  readonly id: number;
  readonly strategy: number;
  readonly barMs: number;
  readonly confirmBarMs: number;
  readonly enabled: boolean;
  /** Runs on every symbol. */
  readonly everywhere: boolean;
  /** By index. */
  readonly parameters: readonly number[];
}
interface LaneState {
  readonly index: number;
  readonly symbol: number;
}
export interface Readiness {
  /** Samples that are missing. */
  readonly missing: number;
  /** INPUT_ bits of what has never come. */
  readonly wants: number;
}
/** What an instance still lacks on a symbol. */
export interface Standing extends Readiness {
  readonly symbol: number;
}
interface CellState extends LaneState {
  readonly series: number;
  /** Null: the lane is free; its symbol then tells the class that it belongs to. */
  readonly instance: number | null;
}
export interface GroupState {
  readonly id: number;
  readonly instance: number;
  readonly symbols: readonly number[];
}

export interface Extents {
  readonly symbols: number;
  readonly series: number;
  /** By strategy code. */
  readonly cells: readonly number[];
  readonly groups: number;
  readonly instances: number;
}

const PARAMETER_PLACES = (layout.INSTANCE_BYTES - layout.INSTANCE_PARAMETERS) >> 3;

export class StateReader {
  private readonly view: DataView;
  private readonly plan: MemoryPlan;

  constructor(memory: WebAssembly.Memory, plan: MemoryPlan) {
    this.view = new DataView(memory.buffer);
    this.plan = plan;
  }

  /** Rows in use, as worker 0 has counted them. */
  extents(): Extents {
    const globals = this.base(layout.PLAN_GLOBALS);
    const word = (offset: number): number => this.view.getUint32(globals + offset, true);
    return {
      symbols: word(layout.GLOBALS_SYMBOLS),
      series: word(layout.GLOBALS_SERIES),
      cells: CELL_COLUMNS.map((_, code) => word(layout.GLOBALS_CELLS + code * 4)),
      groups: word(layout.GLOBALS_GROUPS),
      instances: word(layout.GLOBALS_INSTANCES),
    };
  }

  /** Signals so far, over all workers. */
  signalTotals(): { readonly count: number; readonly hash: bigint } {
    let count = 0;
    let hash = 0n;
    for (let worker = 0; worker < this.plan.workers; worker++) {
      const globals = this.base(layout.PLAN_GLOBALS) + worker * layout.GLOBALS_BYTES;
      count += Number(this.view.getBigUint64(globals + layout.GLOBALS_SIGNAL_COUNT, true));
      hash += this.view.getBigUint64(globals + layout.GLOBALS_SIGNAL_HASH, true);
    }
    return { count, hash: BigInt.asUintN(64, hash) };
  }

  /** `column`: THRESHOLD_; `strategy`: its code. */
  threshold(column: number, strategy: number): number {
    const at = this.base(layout.PLAN_GLOBALS) + layout.GLOBALS_THRESHOLDS;
    return this.number(at + (column * layout.THRESHOLD_ROWS + strategy) * 8);
  }

  /** A LEARNED_ column of a strategy. */
  learned(column: number, strategy: number): number {
    const at = this.base(layout.PLAN_GLOBALS) + GLOBALS_LEARNED;
    return this.number(at + (column * layout.THRESHOLD_ROWS + strategy) * 8);
  }

  latched(): boolean {
    return this.number(this.base(layout.PLAN_GLOBALS) + layout.GLOBALS_LATCH) !== 0;
  }

  setting(index: number): number {
    return this.number(this.base(layout.PLAN_GLOBALS) + layout.GLOBALS_SETTINGS + index * 8);
  }

  weight(instance: number): number {
    return this.number(this.base(layout.PLAN_INSTANCES) + instance * layout.INSTANCE_BYTES + layout.INSTANCE_WEIGHT);
  }

  clock(): number {
    return this.number(this.base(layout.PLAN_GLOBALS) + layout.GLOBALS_CLOCK);
  }

  /** Names of venues (TABLE_VENUE) or series (TABLE_SERIES) with their ids. */
  labels(table: number): { readonly id: number; readonly name: string }[] {
    const base = this.base(layout.PLAN_LABELS) + (table - layout.TABLE_VENUE) * layout.LABELS * layout.NAME_BYTES;
    const found = [];
    for (let id = 0; id < layout.LABELS; id++) {
      const name = this.text(base + id * layout.NAME_BYTES);
      if (name !== "") found.push({ id, name });
    }
    return found;
  }

  symbol(id: number): SymbolState | null {
    const row = this.base(layout.PLAN_SYMBOLS) + id * layout.SYMBOL_BYTES;
    const name = this.nameOf(id);
    if (name === "") return null;
    return {
      id,
      name,
      assetType: this.number(row + layout.SYMBOL_ASSET),
      ticks: this.number(row + layout.SYMBOL_TICKS),
      price: this.number(row + layout.SYMBOL_PRICE),
      time: this.number(row + layout.SYMBOL_TIME),
      bars: this.number(row + layout.SYMBOL_BARS),
      demo: this.number(row + layout.SYMBOL_FLAGS) !== 0,
      history: this.number(row + layout.SYMBOL_HISTORY),
    };
  }

  /** "": there is none of this id. */
  nameOf(id: number): string {
    return this.text(this.base(layout.PLAN_SYMBOLS) + id * layout.SYMBOL_BYTES + layout.SYMBOL_NAME);
  }

  /** The last price of a symbol; 0 before the first. */
  price(id: number): number {
    return this.number(this.base(layout.PLAN_SYMBOLS) + id * layout.SYMBOL_BYTES + layout.SYMBOL_PRICE);
  }

  isDemo(id: number): boolean {
    return this.number(this.base(layout.PLAN_SYMBOLS) + id * layout.SYMBOL_BYTES + layout.SYMBOL_FLAGS) !== 0;
  }

  /** Engine clock, microseconds, of a symbol's last sample; 0: it had none. */
  heardAt(id: number): number {
    const row = this.base(layout.PLAN_SYMBOLS) + id * layout.SYMBOL_BYTES;
    return this.number(row + layout.SYMBOL_TIME) + this.number(row + layout.SYMBOL_LAG);
  }

  /** What the core's detector makes of a symbol; `unknown` before it speaks. */
  regime(id: number): RegimeState {
    const row = this.base(layout.PLAN_SYMBOLS) + id * layout.SYMBOL_BYTES;
    return {
      regime: REGIME_WORDS[this.view.getUint8(row + regimes.SYMBOL_REGIME)] ?? "unknown",
      probability: this.view.getFloat32(row + regimes.SYMBOL_REGIME_P, true),
      since: this.number(row + regimes.SYMBOL_REGIME_SINCE),
      side: this.view.getInt8(row + regimes.SYMBOL_REGIME_SIDE),
    };
  }

  symbols(): SymbolState[] {
    const all = Array.from({ length: this.extents().symbols }, (_, id) => this.symbol(id));
    return all.filter((symbol) => symbol !== null);
  }

  instances(): InstanceState[] {
    const found: InstanceState[] = [];
    const count = this.extents().instances;
    for (let id = 0; id < count; id++) {
      const row = this.base(layout.PLAN_INSTANCES) + id * layout.INSTANCE_BYTES;
      const parameter = (index: number): number => this.number(row + layout.INSTANCE_PARAMETERS + index * 8);
      const strategy = this.number(row + layout.INSTANCE_STRATEGY) - 1;
      if (strategy < 0) continue;
      found.push({
        id,
        strategy,
        barMs: this.number(row + layout.INSTANCE_BAR_MS),
        confirmBarMs: parameter(layout.PARAMETER_CONFIRM_BAR_MS),
        enabled: this.number(row + layout.INSTANCE_ENABLED) !== 0,
        everywhere: parameter(layout.PARAMETER_ALL_SYMBOLS) !== 0,
        parameters: Array.from({ length: PARAMETER_PLACES }, (_, index) => parameter(index)),
      });
    }
    return found;
  }

  /** All that are in use, or those with bars of this length that have had so many samples: asked for at learning beats. */
  series(barMs?: number, least = 0): (LaneState & { readonly barMs: number })[] {
    const found = [];
    const { series: count, symbols } = this.extents();
    const base = this.base(layout.PLAN_SERIES);
    for (let index = 0; index < count; index++) {
      const column = (of: number): number => this.lane(base, index, layout.SERIES_COLUMNS, of);
      const each = column(layout.SERIES_BAR_US) / 1000;
      if (barMs !== undefined && (each !== barMs || column(layout.SERIES_COUNT) < least)) continue;
      const symbol = column(layout.SERIES_SYMBOL);
      if (symbol >= symbols || !this.isNamed(symbol) || !this.linked(symbol, index)) continue;
      found.push({ index, symbol, barMs: each });
    }
    return found;
  }

  /** Log closes that the window of a series holds, oldest first. */
  lnCloses(series: number): number[] {
    const count = this.lane(this.base(layout.PLAN_SERIES), series, layout.SERIES_COLUMNS, layout.SERIES_COUNT);
    const lanes = 2 * layout.TILE_BLOCKS;
    const tile = this.base(layout.PLAN_HISTORY) + Math.floor(series / lanes) * layout.HISTORY_TILE_BYTES;
    const held = Math.min(count, layout.HISTORY_SLOTS);
    return Array.from({ length: held }, (_, index) => {
      const slot = (count - held + index) % layout.HISTORY_SLOTS;
      return this.number(tile + slot * (1 << layout.HISTORY_SHIFT) + (series % lanes) * 8);
    });
  }

  /** Cells of a strategy, free ones among them. */
  cells(code: number): CellState[] {
    const found: CellState[] = [];
    const count = this.extents().cells[code] ?? 0;
    for (let index = 0; index < count; index++) {
      const owner = this.cell(code, index, layout.CELL_INSTANCE);
      // The first lane of a block is given out first and keeps its symbol when it comes back.
      const symbol = this.cell(code, owner > 0 ? index : index & ~1, layout.CELL_SYMBOL);
      const series = this.cell(code, index, layout.CELL_SERIES);
      found.push({ index, symbol, series, instance: owner > 0 ? owner - 1 : null });
    }
    return found;
  }

  /** Cells of a strategy of one leg that an instance has. */
  owned(instance: number, strategy: number): readonly number[] {
    const all = Array.from({ length: this.extents().cells[strategy] ?? 0 }, (_, index) => index);
    return all.filter((index) => this.cell(strategy, index, layout.CELL_INSTANCE) === instance + 1);
  }

  /** Of an instance of a strategy of one leg, by symbol: `most` cells of the strategy from `from` on; null: there is none. */
  standings(instance: number, strategy: number, from: number, most: number): readonly Standing[] | null {
    const count = this.extents().cells[strategy] ?? 0;
    if (from >= count) return null;
    const found: Standing[] = [];
    for (let index = from; index < Math.min(count, from + most); index++) {
      const at = (column: number): number => this.cell(strategy, index, column);
      if (at(layout.CELL_INSTANCE) !== instance + 1) continue;
      const [missing, wants] = [at(layout.CELL_MISSING), at(layout.CELL_WANTS)];
      found.push({ symbol: at(layout.CELL_SYMBOL), missing, wants });
    }
    return found;
  }

  /** Best bid and ask of a symbol; 0 before the first quote. */
  quote(id: number): readonly [bid: number, ask: number] {
    const row = this.base(layout.PLAN_SYMBOLS) + id * layout.SYMBOL_BYTES;
    return [this.number(row + layout.SYMBOL_BID), this.number(row + layout.SYMBOL_ASK)];
  }

  /** How far an instance is from speaking, on the symbol (or set of legs) that is nearest to it; null without one. */
  readiness(instance: number, strategy: number): Readiness | null {
    let nearest: Readiness | null = null;
    const take = (owner: number, missing: number, wants: number): void => {
      if (owner !== instance + 1) return;
      const nearer = nearest === null || bitCount(wants) < bitCount(nearest.wants);
      if (nearer || (wants === nearest?.wants && missing < nearest.missing)) nearest = { missing, wants };
    };
    const { cells, groups } = this.extents();
    const at = (index: number, column: number): number => this.cell(strategy, index, column);
    for (let index = 0; index < (cells[strategy] ?? 0); index++) {
      if (at(index, layout.CELL_INSTANCE) !== instance + 1) continue;
      const [missing, wants] = [at(index, layout.CELL_MISSING), at(index, layout.CELL_WANTS)];
      if (wants === 0 && missing <= 0) return { missing, wants }; // nothing is nearer
      take(instance + 1, missing, wants);
    }
    if (isMultiLeg(strategy)) {
      for (let group = 0; group < Math.max(groups, layout.SCREEN_GROUPS); group++) {
        const row = this.base(layout.PLAN_GROUPS) + group * layout.GROUP_BYTES;
        const wants = this.view.getUint32(row + layout.GROUP_WANTS, true);
        const missing =
          strategy === layout.PAIRS_TRADING
            ? this.cell(strategy, pairLane(group), layout.PAIR_MISSING)
            : this.number(row + layout.GROUP_MISSING);
        take(this.view.getUint32(row + layout.GROUP_INSTANCE, true), missing, wants);
      }
    }
    return nearest;
  }

  /** Groups that registered instances have defined; those of the screen come and go by themselves. */
  groups(): GroupState[] {
    const found: GroupState[] = [];
    const count = this.extents().groups;
    for (let id = layout.SCREEN_GROUPS; id < count; id++) {
      const row = this.base(layout.PLAN_GROUPS) + id * layout.GROUP_BYTES;
      const instance = this.view.getUint32(row + layout.GROUP_INSTANCE, true) - 1;
      if (instance < 0) continue;
      const legs = this.view.getUint32(row + layout.GROUP_LEGS, true);
      const symbol = (leg: number): number => row + layout.GROUP_LEG + leg * layout.GROUP_LEG_BYTES;
      const symbols = Array.from({ length: legs }, (_, leg) => this.view.getUint32(symbol(leg), true));
      found.push({ id, instance, symbols });
    }
    return found;
  }

  private cell(code: number, index: number, column: number): number {
    return this.lane(this.base(layout.PLAN_CELLS + code), index, CELL_COLUMNS[code] ?? 0, column);
  }

  private isNamed(id: number): boolean {
    return this.view.getUint8(this.base(layout.PLAN_SYMBOLS) + id * layout.SYMBOL_BYTES + layout.SYMBOL_NAME) !== 0;
  }

  /** Whether the series hangs in the list of its symbol; an unused lane says symbol 0 too. */
  private linked(symbol: number, index: number): boolean {
    const at = (series: number, column: number): number =>
      this.lane(this.base(layout.PLAN_SERIES), series, layout.SERIES_COLUMNS, column);
    const row = this.base(layout.PLAN_SYMBOLS) + symbol * layout.SYMBOL_BYTES;
    const feeder = at(index, layout.SERIES_FEEDER);
    let next =
      feeder > 0
        ? at(feeder - 1, layout.SERIES_FIRST_FED)
        : this.view.getUint32(row + layout.SYMBOL_FIRST_SERIES, true);
    while (next !== 0) {
      if (next - 1 === index) return true;
      next = at(next - 1, layout.SERIES_NEXT);
    }
    return false;
  }

  private lane(base: number, index: number, columns: number, column: number): number {
    return this.number(
      base + (index >> 1) * columns * layout.COLUMN_BYTES + (index & 1) * 8 + column * layout.COLUMN_BYTES,
    );
  }

  private text(address: number): string {
    let text = "";
    for (let offset = 0; offset < layout.NAME_BYTES; offset++) {
      const code = this.view.getUint8(address + offset);
      if (code === 0) break;
      text += String.fromCharCode(code);
    }
    return text;
  }

  private base(region: number): number {
    return this.plan.bases[region] ?? 0;
  }

  private number(address: number): number {
    return this.view.getFloat64(address, true);
  }
}

function bitCount(bits: number): number {
  let count = 0;
  for (let left = bits; left > 0; left = Math.floor(left / 2)) count += left % 2;
  return count;
}

/** The lane of a group in the table of pairs_trading (assembly/kernels/statistical/pairs-lane.ts draws it). */
function pairLane(group: number): number {
  return (((group >> 4) * layout.MAX_WORKERS + (group & (layout.MAX_WORKERS - 1))) << 1) | ((group >> 3) & 1);
}
