// The host's side of the name index: ids to names for everything that shows them, and giving ids to new names. The
// index itself is in the shared memory (assembly/decode/names.ts), because the decoder looks names up there.
import * as layout from "../../../assembly/layout.ts";
import * as wire from "../../../assembly/wire.ts";
import { assetTypeCode, assetTypeName, guessAssetType, type AssetType } from "../../domain/asset-type.ts";
import type { CoreExports } from "../kernels/core.ts";
import type { EventRing } from "../rings/event-ring.ts";
import type { EventWriter } from "../rings/event-writer.ts";
import type { ResultBlock } from "./batch.ts";

/** Writes what a new symbol needs (series, attachments) as control events; false, and nothing written, without room. */
export type OnSymbol = (id: number, name: string, assetType: AssetType, flags: number) => boolean;

export interface NamesDeps {
  readonly core: CoreExports;
  readonly block: ResultBlock;
  readonly ring: EventRing;
  readonly writer: EventWriter;
  readonly onSymbol: OnSymbol;
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
    const { core, block, ring, writer } = this.deps;
    const table = block.word(wire.DECODE_NAME_TABLE);
    const known = block.word(wire.DECODE_NAME_ID);
    const asked = block.word(wire.DECODE_NAME_ASSET);
    const name = block.latin(wire.DECODE_NAME, block.word(wire.DECODE_NAME_LENGTH));
    const symbol = table === layout.TABLE_SYMBOL;
    const asset = symbol ? asked || assetTypeCode(guessAssetType(name)) : 0;
    if (ring.free() === 0) return wire.REASON_OVERLOADED;
    const mark = ring.mark();
    const id = core.internName(table, asset);
    if (id < 0) return wire.REASON_CAPACITY;
    writer.writeName(table, id, asset, flags, name);
    if (symbol && known === 0 && !this.deps.onSymbol(id, name, assetTypeName(asset), flags)) {
      ring.rewind(mark);
      core.forgetName(table, id);
      return ring.free() < ROOM_FOR_SYMBOL ? wire.REASON_OVERLOADED : wire.REASON_CAPACITY;
    }
    this.note(table, id, name, asset);
    return wire.RESUME_AGAIN;
  }

  /** Puts a name back at the id that the journal knows it by; false when the two disagree. */
  restore(table: number, id: number, name: string, assetType: number): boolean {
    const { core, block } = this.deps;
    block.put(Buffer.from(name, "latin1"));
    if (!core.foldName(block.base + wire.DECODE_INPUT, name.length)) return false;
    if (!core.restoreName(table, id, assetType)) return false;
    this.note(table, id, name.toUpperCase(), assetType);
    return true;
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
