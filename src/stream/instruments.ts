// Instrument data, host side: what each symbol's row says, and the control events that put it there. A new symbol takes
// the row of its asset type inside the core, so it costs an event only for what its name tells beyond that. Rows are
// kept here as well, because the workers' copies follow the stream; a restart reads them back from the memory.
import * as layout from "../../assembly/layout.ts";
import * as reference from "../../assembly/reference.ts";
import { ASSET_TYPES, assetTypeCode, assetTypeName } from "../domain/asset-type.ts";
import {
  assetDefaults,
  FIELD_RULES,
  instrumentDefaults,
  instrumentOf,
  instrumentRow,
  type Instrument,
  type InstrumentField,
} from "../domain/instrument.ts";
import type { EventRing } from "./rings/event-ring.ts";
import type { EventWriter } from "./rings/event-writer.ts";
import type { MemoryPlan } from "./rings/memory-plan.ts";

/** A symbol that the stream knows; its asset type is an ASSET_ code. */
export interface KnownSymbol {
  readonly id: number;
  readonly name: string;
  readonly assetType: number;
}

/** Events that a new symbol can cost here. */
export const INSTRUMENT_EVENTS_MAX = reference.INSTRUMENT_FIELDS;
/** Free slots of the ring below which `complete` pauses. */
const PORTION = 1024;

export class Instruments {
  private readonly rows = new Map<number, readonly number[]>();
  private readonly memory: WebAssembly.Memory;
  private readonly plan: MemoryPlan;
  private readonly ring: EventRing;
  private readonly writer: EventWriter;

  constructor(memory: WebAssembly.Memory, plan: MemoryPlan, ring: EventRing, writer: EventWriter) {
    this.memory = memory;
    this.plan = plan;
    this.ring = ring;
    this.writer = writer;
  }

  /**
   * Reads the rows of the symbols back from the memory, then writes what it lacks: default rows of asset types that this
   * version states otherwise, and the rows of symbols that were never given one. Yields when the ring needs room.
   */
  *complete(symbols: readonly KnownSymbol[]): Generator<void, void> {
    for (const assetType of ASSET_TYPES) {
      const asset = assetTypeCode(assetType);
      const stored = this.read(layout.PLAN_GLOBALS, layout.GLOBALS_INSTRUMENTS + asset * reference.INSTRUMENT_BYTES);
      // INSTRUMENT_KNOWN, place 0, is written last: a row that says so is whole.
      this.write(0, stored, instrumentRow(assetDefaults(assetType)), asset);
    }
    for (const symbol of symbols) {
      const stored = this.read(layout.PLAN_INSTRUMENTS, symbol.id * reference.INSTRUMENT_BYTES);
      if (stored[reference.INSTRUMENT_KNOWN] !== 0) {
        this.rows.set(symbol.id, stored);
        continue;
      }
      while (this.ring.free() < PORTION) yield;
      this.control(symbol.id, reference.INSTRUMENT_KNOWN, 1, 0);
      this.onSymbol(symbol);
    }
  }

  /** A new symbol, whose name event went out before. The caller has seen to INSTRUMENT_EVENTS_MAX slots of room. */
  onSymbol({ id, name, assetType: code }: KnownSymbol): void {
    const assetType = assetTypeName(code);
    const row = instrumentRow(instrumentDefaults(assetType, name));
    this.write(id, instrumentRow(assetDefaults(assetType)), row, 0);
    this.rows.set(id, row);
  }

  of(symbol: number): Instrument | null {
    const row = this.rows.get(symbol);
    return row ? instrumentOf(row) : null;
  }

  /** One figure of it, for those who ask for thousands; undefined: the symbol is unknown. */
  figure(symbol: number, name: InstrumentField): number | undefined {
    return this.rows.get(symbol)?.[FIELD_RULES[name].field];
  }

  /** False, and nothing changed, when the symbol is unknown or the ring has no room. */
  set(symbol: number, instrument: Instrument): boolean {
    const before = this.rows.get(symbol);
    if (!before || this.ring.free() < INSTRUMENT_EVENTS_MAX) return false;
    const row = instrumentRow(instrument);
    this.write(symbol, before, row, 0);
    this.rows.set(symbol, row);
    return true;
  }

  /** One event for each field that differs, the last field first. */
  private write(symbol: number, before: readonly number[], after: readonly number[], asset: number): void {
    for (let field = after.length - 1; field >= 0; field--) {
      const value = after[field] ?? 0;
      if (value !== before[field]) this.control(symbol, field, value, asset);
    }
  }

  private control(symbol: number, field: number, value: number, asset: number): void {
    const payload = [field, value, asset];
    const { clock } = this.writer;
    if (!this.writer.write(layout.KIND_CONTROL, symbol, 0, layout.CONTROL_INSTRUMENT, clock, payload))
      throw new RangeError("the event ring is full although room was asked for");
  }

  private read(region: number, offset: number): readonly number[] {
    const base = (this.plan.bases[region] ?? 0) + offset;
    return [...new Float64Array(this.memory.buffer, base, reference.INSTRUMENT_FIELDS)];
  }
}
