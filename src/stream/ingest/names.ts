// The host's side of the name index: ids to names for everything that shows them, and giving ids to new names. The
// index itself is in the shared memory (assembly/decode/names.ts), because the decoder looks names up there.
import * as layout from "../../../assembly/layout.ts";
import * as wire from "../../../assembly/wire.ts";
import { assetTypeCode, assetTypeName, guessAssetType, type AssetType } from "../../domain/asset-type.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import type { CoreExports } from "../kernels/core.ts";
import type { EventRing } from "../rings/event-ring.ts";
import type { EventWriter } from "../rings/event-writer.ts";
import type { ResultBlock } from "./batch.ts";

/** Writes what a new symbol (of an ASSET_ code) needs (series, attachments) as control events; false, and nothing written, without room. */
export type OnSymbol = (id: number, name: string, asset: number, flags: number) => boolean;

export interface NamesDeps {
  readonly core: CoreExports;
  readonly block: ResultBlock;
  readonly ring: EventRing;
  readonly writer: EventWriter;
  readonly onSymbol: OnSymbol;
}

export interface WantedName {
  /** TABLE_ code. */
  readonly table: number;
  readonly name: string;
  /** Asset type that a symbol must have, ASSET_ code; 0: the one it has, or a guess. */
  readonly asset: number;
}

interface Entry {
  readonly name: string;
  readonly assetType: AssetType;
}

export class Names {
  private readonly deps: NamesDeps;
  private readonly symbolList: Entry[] = [];
  private readonly ids = new Map<string, number>();
  private readonly others: readonly string[][] = [[], [], []];

  constructor(deps: NamesDeps) {
    this.deps = deps;
  }

  get count(): number {
    return this.symbolList.length;
  }
  nameOf(id: number): string {
    return this.symbolList[id]?.name ?? "";
  }
  assetTypeOf(id: number): AssetType {
    return this.symbolList[id]?.assetType ?? "stocks";
  }
  /** Id of a symbol's name in any case; undefined when it was never seen. */
  idOf(name: string): number | undefined {
    return this.ids.get(name.toUpperCase());
  }
  /** Name of a venue or series id; empty for 0 (none). */
  otherName(table: number, id: number): string {
    return this.others[table]?.[id] ?? "";
  }

  /** Gives an id to the name that the decoder asks for; the verdict it resumes with. */
  internAsked(flags: number): number {
    const { block } = this.deps;
    const table = block.word(wire.DECODE_NAME_TABLE);
    const known = block.word(wire.DECODE_NAME_ID) !== 0;
    const name = block.latin(wire.DECODE_NAME, block.word(wire.DECODE_NAME_LENGTH));
    const given = this.give({ table, name, asset: block.word(wire.DECODE_NAME_ASSET) }, known, flags);
    return given.ok ? wire.RESUME_AGAIN : given.failure;
  }

  /** The id of a name, which gets one when it is new; the failure is a REASON_. */
  intern(wanted: WantedName, flags: number): Result<number, number> {
    if (!this.fold(wanted.name)) return failed(wire.REASON_BAD_NAME);
    const entry = this.deps.core.findName(wanted.table);
    const id = entry - 1;
    const same = wanted.asset === 0 || wanted.asset === assetTypeCode(this.assetTypeOf(id));
    if (entry !== 0 && (wanted.table !== layout.TABLE_SYMBOL || same)) return ok(id);
    return this.give({ ...wanted, name: wanted.name.toUpperCase() }, entry !== 0, flags);
  }

  /** The name lies folded in the result block. */
  private give({ table, name, asset: wanted }: WantedName, known: boolean, flags: number): Result<number, number> {
    const { core, ring, writer } = this.deps;
    const symbol = table === layout.TABLE_SYMBOL;
    const asset = symbol ? wanted || assetTypeCode(guessAssetType(name)) : 0;
    if (ring.free() === 0) return failed(wire.REASON_OVERLOADED);
    const mark = ring.mark();
    const id = core.internName(table, asset);
    if (id < 0) return failed(wire.REASON_CAPACITY);
    writer.writeName(table, id, asset, flags, name);
    if (symbol && !known && !this.deps.onSymbol(id, name, asset, flags)) {
      ring.rewind(mark);
      core.forgetName(table, id);
      return failed(ring.free() < ROOM_FOR_SYMBOL ? wire.REASON_OVERLOADED : wire.REASON_CAPACITY);
    }
    this.note(table, id, name, asset);
    return ok(id);
  }

  /** Puts a name back at the id that the journal knows it by; false when the two disagree. */
  restore(table: number, id: number, name: string, assetType: number): boolean {
    if (!this.fold(name) || !this.deps.core.restoreName(table, id, assetType)) return false;
    this.note(table, id, name.toUpperCase(), assetType);
    return true;
  }

  /** Puts the name into the result block; false when it is none. */
  private fold(name: string): boolean {
    const { core, block } = this.deps;
    block.put(Buffer.from(name, "latin1"));
    return core.foldName(block.base + wire.DECODE_INPUT, name.length) !== 0;
  }

  private note(table: number, id: number, name: string, asset: number): void {
    if (table === layout.TABLE_SYMBOL) {
      this.symbolList[id] = { name, assetType: assetTypeName(asset) };
      this.ids.set(name, id);
    } else {
      const list = this.others[table];
      if (list) list[id] = name;
    }
  }
}

/** Below this many free slots a symbol that found no room is told that the engine is overloaded, not that it is full. */
const ROOM_FOR_SYMBOL = 4_096;
