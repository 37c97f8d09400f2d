// Files of the engine's own that somebody damaged or made up: journal segments, snapshots, models. Their sums are made good
// again after the damage, so that what lies behind them is reached. They are refused with a reason or read as they stand.
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { EVENT_BYTES, LAYOUT_VERSION, PLAN_GLOBALS } from "../../../../assembly/layout.ts";
import { JournalError } from "../../../../src/stream/journal/failure.ts";
import { applySnapshot } from "../../../../src/stream/journal/restore.ts";
import {
  BLOCK_ALIGNMENT,
  BLOCK_EVENTS_MAX,
  BLOCK_HEADER_BYTES,
  BLOCK_MAGIC,
  blockBytes,
  decodeSegmentHeader,
  encodeSegmentHeader,
  readBlockHeader,
  sealBlock,
  SEGMENT_HEADER_BYTES,
} from "../../../../src/stream/journal/segment.ts";
import {
  describeState,
  SNAPSHOT_HEADER_BYTES,
  verifySnapshot,
  SnapshotWriter,
} from "../../../../src/stream/journal/snapshot.ts";
import { readEvents } from "../../../../src/stream/journal/walk.ts";
import { createPlane } from "../../../../src/stream/rings/plane.ts";
import { copyState } from "../../../../src/stream/rings/state-copy.ts";
import { stateRegions } from "../../../../src/stream/rings/state-regions.ts";
import { decodeModel, encodeModel } from "../../../../src/learning/models/model-file.ts";
import { INPUTS } from "../../../../src/learning/models/features.ts";
import { onlyNameIn } from "../../journal-file.ts";
import { CORE_HASH, events } from "../../numbered-events.ts";
import { bytesOf, fault, plainly, textsOf, type Target, type Trial } from "./target.ts";

function segmentOf(...blocks: readonly number[]): Uint8Array {
  const parts: Uint8Array[] = [
    encodeSegmentHeader({
      layoutVersion: LAYOUT_VERSION,
      eventBytes: EVENT_BYTES,
      firstSequence: 0,
      created: 1.7e15,
      coreHash: CORE_HASH,
    }),
  ];
  let sequence = 0;
  for (const count of blocks) {
    const block = new Uint8Array(blockBytes(count));
    block.set(events(sequence, count), BLOCK_HEADER_BYTES);
    sealBlock(block, 0, count, sequence, sequence);
    parts.push(block);
    sequence += count;
  }
  return Buffer.concat(parts);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Sums of the header and of every block that stands where blocks may stand. */
function sealedSegment(input: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from(input);
  const view = viewOf(bytes);
  if (bytes.length >= SEGMENT_HEADER_BYTES) view.setUint32(124, crc32(bytes.subarray(0, 124)), true);
  for (let at = SEGMENT_HEADER_BYTES; at + BLOCK_HEADER_BYTES <= bytes.length; at += BLOCK_ALIGNMENT) {
    if (view.getUint32(at, true) !== BLOCK_MAGIC) continue;
    const payload = at + BLOCK_HEADER_BYTES;
    const end = payload + Math.min(view.getUint32(at + 4, true), BLOCK_EVENTS_MAX) * EVENT_BYTES;
    view.setUint32(at + 24, crc32(bytes.subarray(payload, end)), true);
    view.setUint32(at + 28, crc32(bytes.subarray(at, at + 28)), true);
  }
  return bytes;
}

class HeaderTrial implements Trial {
  run(input: Uint8Array): string {
    const header = decodeSegmentHeader(input);
    let good = 0;
    for (let at = 0; at < input.length; at += BLOCK_ALIGNMENT) {
      const block = readBlockHeader(input, at);
      if (block === null) continue;
      if (block.count === 0 || block.count > BLOCK_EVENTS_MAX) fault(`a block of ${block.count} events`);
      good++;
    }
    return `${header.ok ? "header" : plainly(header.failure)}, ${Math.min(good, 3)} blocks`;
  }
}

class SegmentTrial implements Trial {
  private readonly dir = mkdtempSync(join(tmpdir(), "fuzz-segment-"));

  run(input: Uint8Array): string {
    writeFileSync(join(this.dir, `${"0".repeat(20)}.journal`), input);
    let next = 0;
    try {
      for (const { firstSequence, count, events: read } of readEvents(this.dir, 0)) {
        if (firstSequence !== next) fault(`event ${firstSequence} where ${next} was due`);
        if (read.length !== count * EVENT_BYTES) fault("a block has more or fewer bytes than events");
        if (Buffer.from(input).indexOf(read) < 0) fault("events that are not in the file");
        next += count;
      }
      return `read ${Math.min(next, 9)}`;
    } catch (error) {
      if (error instanceof JournalError) return plainly(`${error.failure.code} ${error.message}`);
      throw error;
    }
  }
  close(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

const SEGMENTS = [segmentOf(2, 3, 1), segmentOf(1), segmentOf()];
const marks = [Buffer.from("BLCK"), Buffer.from("SEGJ"), Buffer.from([1, 0, 0, 0, 0, 0, 0, 0])];
const SEGMENT_FILES = ["segment", "segment-reader", "torn-tail", "walk"].map((name) => `stream/journal/${name}.js`);

export const segmentHeaders: Target = {
  name: "journal blocks",
  files: ["stream/journal/segment.js"],
  weight: 6,
  batch: 10_000,
  seeds: SEGMENTS,
  words: marks,
  mend: sealedSegment,
  open: () => new HeaderTrial(),
};

export const segments: Target = {
  name: "journal segments",
  files: SEGMENT_FILES,
  weight: 1.5,
  batch: 1_000,
  seeds: SEGMENTS,
  words: marks,
  mend: sealedSegment,
  open: () => new SegmentTrial(),
};

// ---- Snapshots --------------------------------------------------------------------------------------------------------
const CAPACITY = { maxSymbols: 16, maxInstances: 16, workers: 1 };

/** A small one with little state: its description is what is to be reached. */
function snapshotBytes(): Uint8Array {
  const { memory, plan } = createPlane(CAPACITY);
  const state = copyState(memory, plan);
  const { clock, extents } = describeState(state);
  const whole = stateRegions(plan, extents);
  const regions = whole.filter(({ bytes, region }) => bytes > 0 && (region === PLAN_GLOBALS || bytes < 64)).slice(0, 1);
  const bytes = regions.reduce((sum, region) => sum + region.bytes, 0);
  const dir = mkdtempSync(join(tmpdir(), "fuzz-snapshot-"));
  try {
    const meta = { nextSequence: 7, clock, extents, coreHash: CORE_HASH, plan, regions };
    const writer = new SnapshotWriter(dir, meta, state.subarray(0, bytes));
    for (let step = 0; step < 100; step++) if (writer.step()) break;
    return onlyNameIn(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Lengths as they are, and sums: of the header, of the description, of the list of sums. */
function sealedSnapshot(input: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from(input);
  if (bytes.length < SNAPSHOT_HEADER_BYTES + 8) return bytes;
  const view = viewOf(bytes);
  const end = SNAPSHOT_HEADER_BYTES + Math.min(view.getUint32(12, true), bytes.length - SNAPSHOT_HEADER_BYTES);
  view.setUint32(32, crc32(bytes.subarray(SNAPSHOT_HEADER_BYTES, end)), true);
  view.setUint32(60, crc32(bytes.subarray(0, 60)), true);
  return bytes;
}

/** The description of a snapshot, changed as text, in a file whose lengths and sums fit it. */
function describedAs(text: Uint8Array): Uint8Array {
  const parts = text.toString().length > 0 ? regionCount(text) : 0;
  const head = Buffer.alloc(SNAPSHOT_HEADER_BYTES);
  head.write("SNAP", 0, "latin1");
  head.writeUInt32LE(1, 4);
  head.writeUInt32LE(LAYOUT_VERSION, 8);
  head.writeUInt32LE(text.length, 12);
  const trailer = Buffer.alloc(4 * (parts + 2));
  trailer.writeUInt32LE(crc32(trailer.subarray(0, 4 * parts)), 4 * parts);
  trailer.write("SNAP", 4 * parts + 4, "latin1");
  return sealedSnapshot(Buffer.concat([head, text, trailer]));
}
function regionCount(text: Uint8Array): number {
  try {
    const value = JSON.parse(Buffer.from(text).toString("utf8")) as { readonly regions?: unknown } | null;
    return Array.isArray(value?.regions) ? value.regions.length : 0;
  } catch {
    return 0; // damaged beyond reading
  }
}

class SnapshotTrial implements Trial {
  private readonly dir = mkdtempSync(join(tmpdir(), "fuzz-snapshot-"));
  private readonly plane = createPlane(CAPACITY);

  run(input: Uint8Array): string {
    const path = join(this.dir, "00000000000000000007.snapshot");
    writeFileSync(path, input[0] === 0x7b || input[0] === 0x6e ? describedAs(input) : input);
    const snapshot = verifySnapshot(path);
    if (!snapshot.ok) return plainly(snapshot.failure);
    const applied = applySnapshot(this.plane.memory, this.plane.plan, snapshot.value);
    return applied.ok ? "applied" : applied.failure.code;
  }
  close(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

const SNAPSHOT = snapshotBytes();
const DESCRIPTION = SNAPSHOT.slice(SNAPSHOT_HEADER_BYTES, SNAPSHOT_HEADER_BYTES + viewOf(SNAPSHOT).getUint32(12, true));

export const snapshots: Target = {
  name: "snapshots",
  files: ["stream/journal/snapshot.js", "stream/journal/restore.js"],
  weight: 2.5,
  batch: 1_000,
  seeds: [
    SNAPSHOT,
    DESCRIPTION,
    ...textsOf("{}", "null", '{"regions":[]}', '{"regions":[{"region":0,"bytes":-8}],"extents":{}}'),
  ],
  words: [...textsOf('"regions":', '"extents":', "null", "{}", "[]", "-1", "1e300", '"cells":'), Buffer.from("SNAP")],
  mend: sealedSnapshot,
  open: () => new SnapshotTrial(),
};

// ---- Models -----------------------------------------------------------------------------------------------------------
function sealedModel(input: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from(input);
  if (bytes.length < 48) return bytes;
  const end = bytes.length - 32;
  bytes.set(createHash("sha256").update(bytes.subarray(0, end)).digest(), end);
  return bytes;
}

const trade = { enter: 0.6, barMs: 60_000, stopRanges: 1, targetRanges: 2, bars: 10 };
const MODELS = [
  encodeModel({ weights: { kind: "logistic", values: new Float64Array(3 * INPUTS.length + 1).fill(0.1) }, ...trade }),
  encodeModel({
    weights: {
      kind: "trees",
      depth: 2,
      base: 0,
      thresholds: new Float64Array(6),
      words: new Uint32Array(6),
      leaves: new Float64Array(8),
    },
    ...trade,
  }),
];

export const models: Target = {
  name: "models",
  files: ["learning/models/model-file.js"],
  weight: 5,
  batch: 5_000,
  seeds: MODELS,
  words: [...textsOf('"trees":', '"depth":', "logistic", "1e9", "-1", "null", "{", "}"), bytesOf("SEMODEL1")],
  mend: sealedModel,
  open: () => ({
    run: (input) => {
      const model = decodeModel(input);
      if (!model.ok) return plainly(model.failure);
      if (!(model.value.bars > 0 && model.value.enter > 0)) fault("it trades in no sensible way");
      return model.value.weights.kind;
    },
  }),
};
