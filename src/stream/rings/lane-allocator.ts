// Gives out lanes of a table of two-lane blocks. Both lanes of a block belong to symbols of one class (id & 7), so that
// a block has one writer whatever the number of workers. While there is room, lanes of one kind lie together: the two of
// a block, so that both are due at once and one pass over the block takes both (series of one bar length, cells of the
// two series of a block), and the blocks of a tile, whose windows lie in common lines. The last sixteenth of the
// tiles is given out sparingly: an open lane of the class comes before a new one.
// Never moves a lane. A block stays with its class for ever, even when both of its lanes came back: with several workers
// the new owner could be ahead of the old one in the stream, live or in a later replay, and the old one would clear what
// the new one has written.
import * as layout from "../../../assembly/layout.ts";

const CLASSES = layout.MAX_WORKERS;

/** A lane to be: of which symbol and kind, and of which kind its twin. */
export interface WantedLane {
  readonly symbol: number;
  readonly kind: number;
  readonly twin?: number;
}

/** What decides where the next lane lies: counts of open lanes by class and kind, of free blocks by kind, of tiles. */
interface Room {
  readonly lanes: readonly Map<number, number>[];
  readonly blocks: Map<number, number>;
  tiles: number;
}
/** An open lane of a kind, a free block of the tiles of a kind, or a new tile. */
type Choice = { readonly from: "lanes" | "blocks"; readonly kind: number } | { readonly from: "tile" };

export class LaneAllocator {
  /** Open lanes by class and kind. */
  private readonly open: readonly Map<number, number[]>[] = Array.from({ length: CLASSES }, () => new Map());
  /** Blocks that no class has, in tiles that were opened, by kind. */
  private readonly free = new Map<number, number[]>();
  private readonly room: Room = {
    lanes: Array.from({ length: CLASSES }, () => new Map()),
    blocks: new Map(),
    tiles: 0,
  };
  /** Lanes in use, and the kinds that they return to; open lanes, and theirs. */
  private readonly taken = new Map<number, number>();
  private readonly kinds = new Map<number, number>();
  private readonly capacity: number;
  private readonly tileBlocks: number;
  /** Tiles that are kept for when no lane of a class is open. */
  private readonly spare: number;
  private nextTile = 0;

  constructor(capacity: number, tileBlocks = 1) {
    this.capacity = capacity;
    this.tileBlocks = tileBlocks;
    this.room.tiles = Math.floor((capacity >> 1) / tileBlocks);
    this.spare = this.room.tiles >> 4;
  }

  /** Whether all of these can be taken, in this order. */
  fits(wanted: readonly WantedLane[]): boolean {
    if (wanted.length === 0) return true;
    const room = { blocks: new Map(this.room.blocks), tiles: this.room.tiles };
    const lanes = new Map<number, Map<number, number>>(); // copies, of the classes that are asked for
    for (const { symbol, kind, twin = kind } of wanted) {
      const own = classOf(symbol);
      const open = lanes.get(own) ?? new Map(this.room.lanes[own]);
      lanes.set(own, open);
      const choice = this.choose(room, open, kind);
      if (choice === null) return false;
      if (choice.from === "lanes") count(open, choice.kind, -1);
      else {
        if (choice.from === "blocks") count(room.blocks, choice.kind, -1);
        else {
          room.tiles--;
          count(room.blocks, kind, this.tileBlocks - 1);
        }
        count(open, twin, 1);
      }
    }
    return true;
  }

  /** A lane of `kind`; when it is the first one of a block, the lane beside it is kept for `twin`. */
  take(symbol: number, kind = 0, twin = kind): number {
    const own = classOf(symbol);
    const choice = this.choose(this.room, this.room.lanes[own] ?? new Map<number, number>(), kind);
    if (choice === null) throw new RangeError(`all ${this.capacity} lanes are taken`);
    const lane = choice.from === "lanes" ? this.popLane(own, choice.kind) : this.openBlock(choice, own, kind, twin);
    this.taken.set(lane, kind);
    return lane;
  }

  release(lane: number, symbol: number): void {
    const kind = this.taken.get(lane);
    if (kind === undefined) return;
    this.taken.delete(lane);
    this.pushLane(classOf(symbol), kind, lane);
  }

  /** A lane of a recovered memory, in use or not; its twin is open to the same class until it is restored itself. */
  restore(lane: number, symbol: number, used: boolean, kind = 0, twin = kind): void {
    const block = lane >> 1;
    this.restoreTiles(Math.floor(block / this.tileBlocks) + 1, kind);
    for (const [of, blocks] of this.free) {
      const at = blocks.indexOf(block);
      if (at >= 0) blocks.splice(at, 1);
      if (at >= 0) this.countBlocks(of);
    }
    if (used) this.taken.set(lane, kind);
    else if (this.taken.has(lane ^ 1)) return; // its twin has said for whom it is kept
    const own = classOf(symbol);
    for (const one of [lane, lane ^ 1]) {
      this.dropLane(own, one);
      if (!this.taken.has(one)) this.pushLane(own, one === lane ? kind : twin, one);
    }
  }

  private choose(
    room: Pick<Room, "blocks" | "tiles">,
    lanes: ReadonlyMap<number, number>,
    kind: number,
  ): Choice | null {
    if (lanes.has(kind)) return { from: "lanes", kind };
    if (room.blocks.has(kind)) return { from: "blocks", kind };
    const apart = smallest(lanes);
    if (room.tiles > this.spare || (apart === null && room.tiles > 0)) return { from: "tile" };
    if (apart !== null) return { from: "lanes", kind: apart };
    const strange = smallest(room.blocks);
    return strange === null ? null : { from: "blocks", kind: strange };
  }

  /** The first lane of a block that gets its class now; the other one is open. */
  private openBlock(choice: Choice, own: number, kind: number, twin: number): number {
    if (choice.from === "tile") this.openTile(kind);
    const from = choice.from === "tile" ? kind : choice.kind;
    const block = this.free.get(from)?.shift() ?? 0;
    this.countBlocks(from);
    this.pushLane(own, twin, block * 2 + 1);
    return block * 2;
  }

  private openTile(kind: number): void {
    const first = this.nextTile * this.tileBlocks;
    const blocks = this.free.get(kind) ?? [];
    for (let block = first; block < first + this.tileBlocks; block++) blocks.push(block);
    this.free.set(kind, blocks);
    this.countBlocks(kind);
    this.nextTile++;
    this.room.tiles--;
  }

  /** Tiles up to `end` were open; which kind those had of which no lane is known does not matter. */
  private restoreTiles(end: number, kind: number): void {
    while (this.nextTile < end) this.openTile(kind);
  }

  private countBlocks(kind: number): void {
    const blocks = this.free.get(kind)?.length ?? 0;
    if (blocks > 0) this.room.blocks.set(kind, blocks);
    else {
      this.room.blocks.delete(kind);
      this.free.delete(kind);
    }
  }

  private pushLane(own: number, kind: number, lane: number): void {
    const kinds = this.open[own];
    const lanes = kinds?.get(kind);
    if (lanes) lanes.push(lane);
    else kinds?.set(kind, [lane]);
    this.kinds.set(lane, kind);
    count(this.room.lanes[own], kind, 1);
  }

  private popLane(own: number, kind: number): number {
    const lane = this.open[own]?.get(kind)?.at(-1) ?? 0;
    this.dropLane(own, lane);
    return lane;
  }

  /** No longer open, if it was. */
  private dropLane(own: number, lane: number): void {
    const kind = this.kinds.get(lane);
    if (kind === undefined) return;
    const lanes = this.open[own]?.get(kind) ?? [];
    lanes.splice(lanes.lastIndexOf(lane), 1);
    if (lanes.length === 0) this.open[own]?.delete(kind);
    this.kinds.delete(lane);
    count(this.room.lanes[own], kind, -1);
  }
}

/** Changes a count; what counts nothing is not there. */
function count(counts: Map<number, number> | undefined, kind: number, change: number): void {
  const now = (counts?.get(kind) ?? 0) + change;
  if (now > 0) counts?.set(kind, now);
  else counts?.delete(kind);
}

/** The smallest kind, so that the choice does not hang on the order in which they came. */
function smallest(counts: ReadonlyMap<number, number>): number | null {
  let found: number | null = null;
  for (const kind of counts.keys()) if (found === null || kind < found) found = kind;
  return found;
}

function classOf(symbol: number): number {
  return symbol & (CLASSES - 1);
}
