// The instance table, host side: which strategy runs on which symbols, and where in the shared memory its state lies.
// Every decision leaves as control events, so that workers and replay see it at the same place in the stream; after a
// recovery the tables here are read back from the memory that the events have filled.
// Instance ids 0..17 are the engine's own default of each strategy; registered ones follow.
import * as layout from "../../assembly/layout.ts";
import { failed, ok, type Result } from "../domain/result.ts";
import { STRATEGIES, type StrategyType } from "../domain/strategies.ts";
import { TRIANGLES_MAX, TRIANGLES_PER_SYMBOL } from "../domain/triangles.ts";
import { Cycles, type Leg } from "./cycles.ts";
import { concerns, refusedRequest, single, type InstanceFailure, type InstanceRequest } from "./instance-rules.ts";
import { INSTRUMENT_EVENTS_MAX } from "./instruments.ts";
import { ownerMark, Owners, PARAMETER_OWNER } from "./owners.ts";
import type { EventRing } from "./rings/event-ring.ts";
import type { EventWriter } from "./rings/event-writer.ts";
import { LaneAllocator, type WantedLane } from "./rings/lane-allocator.ts";
import type { MemoryPlan } from "./rings/memory-plan.ts";
import { StateReader, type InstanceState } from "./rings/state-reader.ts";

export type { InstanceFailure, InstanceRequest } from "./instance-rules.ts";

export interface InstanceInfo {
  readonly id: number;
  readonly type: StrategyType;
  /** ownerMark of the registered strategy; 0: one of the engine's own. */
  readonly owner: number;
  readonly strategyId: string | null;
  /** Null: every symbol. Grows as symbols join. */
  readonly symbols: readonly number[] | null;
  readonly barMs: number;
  readonly confirmBarMs: number;
  /** By name, all that the type has. */
  readonly parameters: Readonly<Record<string, number>>;
  readonly enabled: boolean;
}
type Row = { -readonly [K in keyof InstanceInfo]: InstanceInfo[K] };

/** A cell to be: what decides which lanes it takes. */
interface WantedCell extends Pick<InstanceInfo, "type" | "barMs" | "confirmBarMs"> {
  readonly symbol: number;
}

export interface StartSettings {
  readonly cooldownUs: number;
  readonly learning: boolean;
}

/** What a new symbol can cost beside its cells: what is known of it, and triangles of three legs. */
const EXTRA_EVENTS = INSTRUMENT_EVENTS_MAX + 3 * TRIANGLES_PER_SYMBOL;
/** Free slots of the ring below which `complete` pauses. */
const PORTION = 1024;
/** Of the capital, which learning changes for the engine's own instances. */
const WEIGHT = 1;
const TIER_BITS = { fast: 1, tactical: 2, strategic: 4, learning: 8 } as const;

export class Instances {
  private readonly list = new Map<number, Row>();
  private readonly byOwner = new Map<number, Row>();
  /** Which later symbols join an instance. */
  private readonly joining = new Map<number, (name: string, asset: number) => boolean>();
  private readonly series = new Map<string, number>();
  private readonly seriesLanes: LaneAllocator;
  /** Tables of cells, by strategy code. */
  private readonly tables: readonly LaneAllocator[];
  private readonly plan: MemoryPlan;
  private readonly ring: EventRing;
  private readonly writer: EventWriter;
  /** Cells of an instance: lane and symbol. */
  private readonly cells = new Map<number, (readonly [lane: number, symbol: number])[]>();
  /** Instance by group. */
  private readonly groups = new Map<number, number>();
  private readonly symbols: number[] = [];
  private readonly cycles = new Cycles();
  /** Who spoke at which event. */
  readonly owners: Owners;

  constructor(plan: MemoryPlan, ring: EventRing, writer: EventWriter, owners: Owners = new Owners()) {
    this.owners = owners;
    this.plan = plan;
    this.ring = ring;
    this.writer = writer;
    this.seriesLanes = new LaneAllocator(plan.maxSeries, layout.TILE_BLOCKS);
    this.tables = STRATEGIES.map(() => new LaneAllocator(plan.maxCells));
  }

  /** What `complete` does, for a stream that begins: it needs no portions. */
  defineDefaults(settings: StartSettings): void {
    if (this.complete(settings).next().done !== true) throw new RangeError("the event ring has no room to begin with");
  }

  /**
   * The settings of this start; the engine's own default instance of each strategy whose kernel is built, as far as the
   * state does not hold it; and the cells that an instance on all symbols lacks: a strategy can be newer than the
   * journal, and a journal can end between a symbol's name and its cells. Yields when the ring needs room: the caller
   * publishes, waits until that was evaluated, and goes on.
   */
  *complete(settings: StartSettings): Generator<void, void> {
    this.set(layout.SETTING_COOLDOWN_US, settings.cooldownUs);
    this.set(layout.SETTING_LEARNING, settings.learning ? 1 : 0);
    for (const type of STRATEGIES) {
      if (type.built && !this.list.has(type.code))
        this.define(type.code, type, { strategy: type.name, strategyId: null });
    }
    for (const instance of this.all) {
      if (instance.symbols !== null || !single(instance.type)) continue;
      const attached = new Set(this.cellList(instance.id).map(([, symbol]) => symbol));
      for (const symbol of this.symbols) {
        if (attached.has(symbol) || !this.fits([{ ...instance, symbol }])) continue;
        while (this.ring.free() < PORTION) yield;
        this.attach(instance, symbol);
      }
    }
    for (const cycle of this.cycles.missing(this.symbols, this.cyclesMax())) {
      while (this.ring.free() < PORTION) yield;
      this.formCycle(cycle);
    }
  }

  /** The engine's own instance of one strategy alone, for a plane that has none of the others. */
  own(type: StrategyType): InstanceInfo {
    return this.list.get(type.code) ?? this.define(type.code, type, { strategy: type.name, strategyId: null });
  }

  set(setting: number, value: number): void {
    this.control(layout.CONTROL_SETTING, 0, [setting, value]);
  }

  get all(): readonly InstanceInfo[] {
    return [...this.list.values()];
  }

  /** Enabled instances that events of a message are for, of which so many were taken, about these symbols. */
  appliedTo(accepted: number, symbols: readonly number[]): number {
    const touched = new Set(symbols);
    return this.all.filter((instance) => accepted > 0 && instance.enabled && concerns(instance, touched)).length;
  }

  byId(id: number): InstanceInfo | undefined {
    return this.list.get(id);
  }
  /** The instance that bears this mark. */
  ownedBy(mark: number): InstanceInfo | undefined {
    return this.byOwner.get(mark);
  }

  /**
   * A new symbol: attaches every instance that runs on all symbols or lets this one join, and forms the triangles that
   * its name closes (none without a name). False, and nothing written, without room.
   */
  onSymbol(symbol: number, name = "", asset = 0): boolean {
    const taking = [...this.list.values()].filter(
      ({ id, symbols, type }) => single(type) && (symbols === null || this.joining.get(id)?.(name, asset) === true),
    );
    const wanted = taking.map((instance) => ({ ...instance, symbol }));
    if (this.ring.free() < wanted.length * 3 + EXTRA_EVENTS || !this.fits(wanted)) return false;
    this.symbols.push(symbol);
    for (const instance of taking) this.join(instance, symbol);
    for (const cycle of this.cycles.closedBy(symbol, name, this.cyclesMax())) this.formCycle(cycle);
    return true;
  }

  /** A further instance; refused as a whole when one of its parts has no place. */
  add(request: InstanceRequest): Result<InstanceInfo, InstanceFailure> {
    const type = STRATEGIES.find((entry) => entry.name === request.strategy);
    if (!type?.built) return failed({ code: "not_available", what: `strategy ${request.strategy}` });
    const id = this.freeId();
    const targets = request.symbols ?? this.symbols;
    const fault = this.wrong(type, request) ?? this.full(type, request, targets, id);
    if (fault) return failed(fault);
    const instance = this.define(id, type, request);
    if (single(type)) for (const symbol of targets) this.attach(instance, symbol);
    else this.group(instance, this.cycles.legs(type, targets));
    return ok(instance);
  }

  /** What is wrong with the request itself, whatever room there is. */
  wrong(type: StrategyType, request: InstanceRequest): InstanceFailure | null {
    return refusedRequest(type, request, this.symbols, (symbols) => this.cycles.fault(type, symbols));
  }

  /**
   * Other values for parameters of a running instance, which keeps its windows and its position. Not for those that
   * decide what it is attached to (confirm_bar_ms). False, and nothing changed, without room.
   */
  change(id: number, parameters: Readonly<Record<string, number>>): boolean {
    const instance = this.list.get(id);
    const places = instance?.type.parameters.filter(({ name }) => parameters[name] !== undefined) ?? [];
    if (!instance || this.ring.free() <= places.length) return false;
    for (const { name, index } of places) this.control(layout.CONTROL_PARAMETER, id, [index, parameters[name] ?? 0]);
    instance.parameters = { ...instance.parameters, ...parameters };
    // What cells keep copies of is taken over by the event that switches an instance on or off.
    return this.enable(id, instance.enabled);
  }

  /** Further symbols for an instance that does not run on all, and which ones join later. False without room. */
  extend(id: number, symbols: readonly number[], joins?: InstanceRequest["joins"]): boolean {
    const instance = this.list.get(id);
    if (!instance || instance.symbols === null) return false;
    const wanted = symbols.map((symbol) => ({ ...instance, symbol }));
    if (this.ring.free() < wanted.length * 3 || !this.fits(wanted)) return false;
    for (const symbol of symbols) this.join(instance, symbol);
    if (joins) this.joining.set(id, joins);
    return true;
  }

  /** Its id, cells and groups are free again. False, and nothing changed, when it is unknown or the ring is full. */
  remove(id: number): boolean {
    const instance = this.list.get(id);
    if (!instance || this.ring.free() === 0) return false;
    this.control(layout.CONTROL_REMOVE, id, []);
    for (const [lane, symbol] of this.cells.get(id) ?? []) this.tables[instance.type.code]?.release(lane, symbol);
    this.cells.delete(id);
    if (id === layout.TRIANGULAR_ARBITRAGE) this.cycles.forget();
    for (const [group, owner] of this.groups) if (owner === id) this.groups.delete(group);
    this.byOwner.delete(instance.owner);
    this.joining.delete(id);
    return this.list.delete(id);
  }

  /** False, and nothing changed, when it is unknown or the ring is full. */
  enable(id: number, enabled: boolean): boolean {
    const instance = this.list.get(id);
    if (!instance || this.ring.free() === 0) return false;
    this.control(layout.CONTROL_ENABLE, id, [enabled ? 1 : 0]);
    instance.enabled = enabled;
    return true;
  }

  /** Reads the tables back from the memory, after snapshot and journal have filled it. */
  restore(memory: WebAssembly.Memory): void {
    const state = new StateReader(memory, this.plan);
    for (const { id, name } of state.symbols()) {
      this.symbols.push(id);
      this.cycles.restore(id, name);
    }
    for (const lane of state.series()) {
      this.series.set(`${lane.symbol}:${lane.barMs}`, lane.index);
      this.seriesLanes.restore(lane.index, lane.symbol, true, lane.barMs);
    }
    this.tables.forEach((lanes, code) => {
      for (const { index, symbol, series, instance } of state.cells(code)) {
        lanes.restore(index, symbol, instance !== null, series, series ^ 1);
        if (instance !== null) this.cellList(instance).push([index, symbol]);
      }
    });
    const groups = state.groups();
    for (const { id, instance, symbols } of groups) {
      this.groups.set(id, instance);
      if (instance === layout.TRIANGULAR_ARBITRAGE) this.cycles.note(symbols);
    }
    for (const row of state.instances()) {
      const legs = groups.find(({ instance }) => instance === row.id)?.symbols;
      this.restoreInstance(row, legs ?? this.cellList(row.id).map(([, symbol]) => symbol));
    }
  }

  private restoreInstance(row: InstanceState, seen: readonly number[]): void {
    const { id, barMs, confirmBarMs, enabled } = row;
    const type = STRATEGIES[row.strategy];
    if (!type) return;
    // The last parameter of a default instance says so; without it the journal ended in the middle: it is defined anew.
    if (id < layout.STRATEGY_COUNT && !row.everywhere) return;
    const { everywhere } = row;
    const owner = row.parameters[PARAMETER_OWNER] ?? 0;
    const parameters = Object.fromEntries(type.parameters.map(({ name, index }) => [name, row.parameters[index] ?? 0]));
    const symbols = everywhere ? null : seen;
    const strategyId = this.owners.strategyOf(owner);
    this.enlist({ id, type, owner, strategyId, symbols, barMs, confirmBarMs, parameters, enabled });
  }

  private enlist(row: Row): Row {
    this.list.set(row.id, row);
    if (row.owner !== 0) this.byOwner.set(row.owner, row);
    return row;
  }

  private define(id: number, type: StrategyType, request: InstanceRequest): Row {
    const barMs = request.barMs ?? type.barMs;
    const { strategyId, joins } = request;
    const owner = strategyId === null ? 0 : ownerMark(strategyId, type.name);
    if (id >= layout.STRATEGY_COUNT) this.owners.note(id, this.ring.nextSequence, owner);
    if (strategyId !== null) this.owners.name(owner, strategyId);
    this.control(layout.CONTROL_INSTANCE, id, [type.code, barMs, WEIGHT, 1, TIER_BITS[type.tier]]);
    const values = type.parameters.map((parameter) => {
      const value = request.parameters?.[parameter.name] ?? parameter.default;
      this.control(layout.CONTROL_PARAMETER, id, [parameter.index, value]);
      return [parameter.name, value] as const;
    });
    const parameters: Readonly<Record<string, number>> = Object.fromEntries(values);
    const symbols = request.symbols ?? null;
    this.control(layout.CONTROL_PARAMETER, id, [layout.PARAMETER_ALL_SYMBOLS, symbols === null ? 1 : 0]);
    // Last: a row with its mark is whole.
    if (owner !== 0) this.control(layout.CONTROL_PARAMETER, id, [PARAMETER_OWNER, owner]);
    if (joins) this.joining.set(id, joins);
    const confirmBarMs = parameters["confirm_bar_ms"] ?? 0;
    return this.enlist({ id, type, owner, strategyId, symbols, barMs, confirmBarMs, parameters, enabled: true });
  }

  /** A symbol that an instance takes up besides those it has. */
  private join(instance: Row, symbol: number): void {
    if (instance.symbols !== null) instance.symbols = [...instance.symbols, symbol];
    this.attach(instance, symbol);
  }

  private attach(instance: InstanceInfo, symbol: number): void {
    const series = this.seriesOf(symbol, instance.barMs);
    const confirm = instance.confirmBarMs > 0 ? this.seriesOf(symbol, instance.confirmBarMs) + 1 : 0;
    const cell = this.tables[instance.type.code]?.take(symbol, series, series ^ 1) ?? 0;
    this.cellList(instance.id).push([cell, symbol]);
    this.control(layout.CONTROL_ATTACH, instance.id, [symbol, series, cell, confirm]);
  }

  private seriesOf(symbol: number, barMs: number): number {
    const key = `${symbol}:${barMs}`;
    const known = this.series.get(key);
    if (known !== undefined) return known;
    const index = this.seriesLanes.take(symbol, barMs);
    this.series.set(key, index);
    this.control(layout.CONTROL_SERIES, symbol, [index, barMs]);
    return index;
  }

  private group(instance: InstanceInfo, legs: readonly Leg[]): void {
    const group = this.freeGroup();
    this.groups.set(group, instance.id);
    legs.forEach(({ symbol, direction }, leg) =>
      this.control(layout.CONTROL_GROUP, instance.id, [group, leg, symbol, legs.length, direction]),
    );
  }

  /** A cycle for the default instance; none while it does not run, or registered instances have taken every group. */
  private formCycle(cycle: readonly Leg[]): void {
    const instance = this.list.get(layout.TRIANGULAR_ARBITRAGE);
    if (!instance || this.freeGroup() >= this.plan.maxGroups) return;
    this.group(instance, cycle);
    this.cycles.note(cycle.map(({ symbol }) => symbol));
  }
  /** Half of the groups at most: the others are for registered instances. */
  private cyclesMax(): number {
    return Math.min(TRIANGLES_MAX, (this.plan.maxGroups - layout.SCREEN_GROUPS) >> 1);
  }

  /** What has no room for a further instance. */
  private full(type: StrategyType, request: InstanceRequest, targets: readonly number[], id: number) {
    const exceeded = (what: string, limit: number): InstanceFailure => {
      return { code: "capacity_exceeded", what, limit, setting: "MAX_INSTANCES" };
    };
    if (id < 0) return exceeded("instances", this.plan.maxInstances);
    if (!single(type) && this.freeGroup() >= this.plan.maxGroups) return exceeded("groups", this.plan.maxGroups);
    const barMs = request.barMs ?? type.barMs;
    const confirmBarMs = request.parameters?.["confirm_bar_ms"] ?? 0;
    const wanted = single(type) ? targets.map((symbol) => ({ type, barMs, confirmBarMs, symbol })) : [];
    if (!this.fits(wanted)) return exceeded("cells", this.plan.maxCells);
    return this.ring.free() < 64 + targets.length * 3 ? ({ code: "overloaded" } as const) : null;
  }

  /** Room for these cells, with the series that they need and that are not there yet. */
  private fits(wanted: readonly WantedCell[]): boolean {
    const series = new Map<string, WantedLane>();
    for (const { symbol, barMs, confirmBarMs } of wanted) {
      for (const kind of confirmBarMs > 0 ? [barMs, confirmBarMs] : [barMs]) {
        if (!series.has(`${symbol}:${kind}`)) series.set(`${symbol}:${kind}`, { symbol, kind });
      }
    }
    const lacking = [...series].flatMap(([key, lane]) => (this.series.has(key) ? [] : [lane]));
    // Whose series is not there yet is counted as if no other cell went with it: a block of its own.
    const cells: WantedLane[][] = this.tables.map(() => []);
    for (const [place, { type, symbol, barMs }] of wanted.entries()) {
      const kind = this.series.get(`${symbol}:${barMs}`) ?? -2 * (place + 1);
      cells[type.code]?.push({ symbol, kind, twin: kind ^ 1 });
    }
    return this.seriesLanes.fits(lacking) && this.tables.every((lanes, code) => lanes.fits(cells[code] ?? []));
  }

  private cellList(instance: number): (readonly [lane: number, symbol: number])[] {
    const known = this.cells.get(instance);
    if (known) return known;
    const list: (readonly [lane: number, symbol: number])[] = [];
    this.cells.set(instance, list);
    return list;
  }

  private freeId(): number {
    for (let id = layout.STRATEGY_COUNT; id < this.plan.maxInstances; id++) if (!this.list.has(id)) return id;
    return -1;
  }

  private freeGroup(): number {
    let group: number = layout.SCREEN_GROUPS;
    while (this.groups.has(group)) group++;
    return group;
  }

  private control(code: number, subject: number, payload: readonly number[]): void {
    const written = this.writer.write(layout.KIND_CONTROL, subject, 0, code, this.writer.clock, payload);
    if (!written) throw new RangeError("the event ring is full although room was asked for");
  }
}
