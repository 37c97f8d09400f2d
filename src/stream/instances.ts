// The instance table, host side: which strategy runs on which symbols, and where in the shared memory its state lies.
// Every decision leaves as control events, so that workers and replay see it at the same place in the stream; after a
// recovery the tables here are read back from the memory that the events have filled.
// Instance ids 0..17 are the engine's own default of each strategy; registered ones follow.
import * as layout from "../../assembly/layout.ts";
import { failed, ok, type Result } from "../domain/result.ts";
import { STRATEGIES, type StrategyType } from "../domain/strategies.ts";
import type { EventRing } from "./rings/event-ring.ts";
import type { EventWriter } from "./rings/event-writer.ts";
import { LaneAllocator } from "./rings/lane-allocator.ts";
import type { MemoryPlan } from "./rings/memory-plan.ts";
import { StateReader } from "./rings/state-reader.ts";

export interface InstanceRequest {
  readonly strategy: string;
  readonly parameters?: Readonly<Record<string, number>>;
  /** Symbol ids; none: every symbol, also those that come later. */
  readonly symbols?: readonly number[];
  readonly barMs?: number;
  readonly weight?: number;
  readonly strategyId: string | null;
}

export interface InstanceInfo {
  readonly id: number;
  readonly type: StrategyType;
  readonly strategyId: string | null;
  readonly symbols: readonly number[] | null;
  readonly barMs: number;
  readonly confirmBarMs: number;
  enabled: boolean;
}

export type InstanceFailure =
  | { readonly code: "capacity_exceeded"; readonly what: string; readonly limit: number; readonly setting: string }
  | { readonly code: "not_available"; readonly what: string }
  | { readonly code: "overloaded" }
  | { readonly code: "validation_error"; readonly field: string; readonly issue: string };

const TIER_BITS = { fast: 1, tactical: 2, strategic: 4, learning: 8 } as const;

export class Instances {
  private readonly list = new Map<number, InstanceInfo>();
  private readonly series = new Map<string, number>();
  private readonly seriesLanes: LaneAllocator;
  private readonly momentumCells: LaneAllocator;
  private readonly spreadCells: LaneAllocator;
  private readonly plan: MemoryPlan;
  private readonly ring: EventRing;
  private readonly writer: EventWriter;
  private nextGroup = layout.SCREEN_GROUPS;
  private symbols: number[] = [];

  constructor(plan: MemoryPlan, ring: EventRing, writer: EventWriter) {
    this.plan = plan;
    this.ring = ring;
    this.writer = writer;
    this.seriesLanes = new LaneAllocator(plan.maxSeries);
    this.momentumCells = new LaneAllocator(plan.maxCells);
    this.spreadCells = new LaneAllocator(plan.maxCells);
  }

  /**
   * The settings of this start, and the engine's own default instance of each strategy whose kernel is built, as far as
   * the state does not hold it yet; on the symbols that are known.
   */
  defineDefaults(settings: { readonly cooldownUs: number; readonly learning: boolean }): void {
    this.set(layout.SETTING_COOLDOWN_US, settings.cooldownUs);
    this.set(layout.SETTING_LEARNING, settings.learning ? 1 : 0);
    for (const type of STRATEGIES) {
      if (!type.built || this.list.has(type.code)) continue;
      const instance = this.define(type.code, type, { strategy: type.name, strategyId: null });
      if (single(type)) for (const symbol of this.symbols) this.attach(instance, symbol);
    }
  }

  set(setting: number, value: number): void {
    this.control(layout.CONTROL_SETTING, 0, [setting, value]);
  }

  get all(): readonly InstanceInfo[] {
    return [...this.list.values()];
  }

  /** Enabled instances that see at least one of these symbols. */
  appliedTo(symbols: readonly number[]): number {
    if (symbols.length === 0) return 0;
    const touched = new Set(symbols);
    return this.all.filter(
      (instance) =>
        instance.enabled && (instance.symbols === null || instance.symbols.some((symbol) => touched.has(symbol))),
    ).length;
  }

  byId(id: number): InstanceInfo | undefined {
    return this.list.get(id);
  }

  /** A new symbol: attaches every instance that runs on all symbols. False, and nothing written, without room. */
  onSymbol(symbol: number): boolean {
    const everywhere = this.all.filter((instance) => instance.symbols === null && single(instance.type));
    const rows = everywhere.length * 3;
    if (this.ring.free() < rows || !everywhere.every((instance) => this.fits(instance.type, 1))) return false;
    this.symbols.push(symbol);
    for (const instance of everywhere) this.attach(instance, symbol);
    return true;
  }

  /** A further instance; refused as a whole when one of its parts has no place. */
  add(request: InstanceRequest): Result<InstanceInfo, InstanceFailure> {
    const type = STRATEGIES.find((entry) => entry.name === request.strategy);
    if (!type?.built) return failed({ code: "not_available", what: `strategy ${request.strategy}` });
    const id = this.freeId();
    if (id < 0) {
      const limit = this.plan.maxInstances;
      return failed({ code: "capacity_exceeded", what: "instances", limit, setting: "MAX_INSTANCES" });
    }
    const invalid = this.invalid(type, request);
    if (invalid) return failed(invalid);
    const targets = request.symbols ?? this.symbols;
    if (single(type) && !this.fits(type, targets.length)) {
      return failed({ code: "capacity_exceeded", what: "cells", limit: this.plan.maxCells, setting: "MAX_INSTANCES" });
    }
    if (!single(type) && this.nextGroup >= this.plan.maxGroups) {
      return failed({
        code: "capacity_exceeded",
        what: "groups",
        limit: this.plan.maxGroups,
        setting: "MAX_INSTANCES",
      });
    }
    if (this.ring.free() < 64 + targets.length * 3) return failed({ code: "overloaded" });
    const instance = this.define(id, type, request);
    if (single(type)) for (const symbol of targets) this.attach(instance, symbol);
    else this.group(instance, request.symbols ?? []);
    return ok(instance);
  }

  remove(id: number): boolean {
    if (!this.list.delete(id)) return false;
    this.control(layout.CONTROL_REMOVE, id, []);
    return true;
  }

  enable(id: number, enabled: boolean): boolean {
    const instance = this.list.get(id);
    if (!instance) return false;
    instance.enabled = enabled;
    this.control(layout.CONTROL_ENABLE, id, [enabled ? 1 : 0]);
    return true;
  }

  /** Reads the tables back from the memory, after snapshot and journal have filled it. */
  restore(memory: WebAssembly.Memory): void {
    const state = new StateReader(memory, this.plan);
    this.list.clear();
    for (const row of state.instances()) {
      const type = STRATEGIES[row.strategy];
      if (!type) continue;
      const own = row.id < layout.STRATEGY_COUNT;
      this.list.set(row.id, {
        id: row.id,
        type,
        strategyId: null,
        symbols: own ? null : state.symbolsOf(row.id),
        barMs: row.barMs,
        confirmBarMs: row.confirmBarMs,
        enabled: row.enabled,
      });
    }
    this.symbols = state.symbols().map((symbol) => symbol.id);
    for (const lane of state.series()) {
      this.series.set(`${lane.symbol}:${lane.barMs}`, lane.index);
      this.seriesLanes.restore(lane.index, lane.symbol);
    }
    for (const cell of state.momentumCells()) this.momentumCells.restore(cell.index, cell.symbol);
    for (const cell of state.spreadCells()) this.spreadCells.restore(cell.index, cell.symbol);
    this.nextGroup = Math.max(layout.SCREEN_GROUPS, state.groupsUsed());
  }

  private define(id: number, type: StrategyType, request: InstanceRequest): InstanceInfo {
    const barMs = request.barMs ?? type.barMs;
    this.control(layout.CONTROL_INSTANCE, id, [type.code, barMs, request.weight ?? 1, 1, TIER_BITS[type.tier]]);
    let confirmBarMs = 0;
    for (const parameter of type.parameters) {
      const value = request.parameters?.[parameter.name] ?? parameter.default;
      if (parameter.name === "confirm_bar_ms") confirmBarMs = value;
      this.control(layout.CONTROL_PARAMETER, id, [parameter.index, value]);
    }
    const symbols = request.symbols ?? null;
    const instance = { id, type, strategyId: request.strategyId, symbols, barMs, confirmBarMs, enabled: true };
    this.list.set(id, instance);
    return instance;
  }

  private attach(instance: InstanceInfo, symbol: number): void {
    const series = this.seriesOf(symbol, instance.barMs);
    const confirm = instance.confirmBarMs > 0 ? this.seriesOf(symbol, instance.confirmBarMs) + 1 : 0;
    const cell = this.cellsOf(instance.type).take(symbol);
    this.control(layout.CONTROL_ATTACH, instance.id, [symbol, series, cell, confirm]);
  }

  private seriesOf(symbol: number, barMs: number): number {
    const key = `${symbol}:${barMs}`;
    const known = this.series.get(key);
    if (known !== undefined) return known;
    const index = this.seriesLanes.take(symbol);
    this.series.set(key, index);
    this.control(layout.CONTROL_SERIES, symbol, [index, barMs]);
    return index;
  }

  private group(instance: InstanceInfo, symbols: readonly number[]): void {
    const group = this.nextGroup++;
    symbols.forEach((symbol, leg) =>
      this.control(layout.CONTROL_GROUP, instance.id, [group, leg, symbol, symbols.length]),
    );
  }

  /** Room for this many cells of a type with their series, in any class. */
  private fits(type: StrategyType, cells: number): boolean {
    const spare = 2 * layout.MAX_WORKERS;
    return this.seriesLanes.free >= cells * 2 + spare && this.cellsOf(type).free >= cells + spare;
  }

  private cellsOf(type: StrategyType): LaneAllocator {
    return type.code === layout.SPREAD_ADJUSTER ? this.spreadCells : this.momentumCells;
  }

  private freeId(): number {
    for (let id = layout.STRATEGY_COUNT; id < this.plan.maxInstances; id++) if (!this.list.has(id)) return id;
    return -1;
  }

  private invalid(type: StrategyType, request: InstanceRequest): InstanceFailure | null {
    for (const [name, value] of Object.entries(request.parameters ?? {})) {
      const parameter = type.parameters.find((entry) => entry.name === name);
      const field = `parameters.${name}`;
      if (!parameter) return { code: "validation_error", field, issue: `is not a parameter of ${type.name}` };
      if (!(value >= parameter.min && value <= parameter.max)) {
        const issue = `must be a number from ${parameter.min} to ${parameter.max}, not ${value}`;
        return { code: "validation_error", field, issue };
      }
    }
    const count = request.symbols?.length ?? 0;
    if (!single(type) && (count < 2 || count > layout.GROUP_LEGS_MAX)) {
      const issue = `must name 2 to ${layout.GROUP_LEGS_MAX} symbols for ${type.name}, not ${count}`;
      return { code: "validation_error", field: "symbols", issue };
    }
    return null;
  }

  private control(code: number, subject: number, payload: readonly number[]): void {
    const written = this.writer.write(layout.KIND_CONTROL, subject, 0, code, this.writer.clock, payload);
    if (!written) throw new RangeError("the event ring is full although room was asked for");
  }
}

function single(type: StrategyType): boolean {
  return type.code !== layout.COINTEGRATION_MODEL;
}
