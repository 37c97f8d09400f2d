// The format: what is written is read back, and no single changed bit goes unnoticed.
import { describe, expect, it } from "vitest";
import { EVENT_BYTES, LAYOUT_VERSION } from "../../../../assembly/layout.ts";
import {
  BLOCK_EVENTS_MAX,
  BLOCK_HEADER_BYTES,
  SEGMENT_HEADER_BYTES,
  blockBytes,
  decodeSegmentHeader,
  encodeSegmentHeader,
  readBlockHeader,
  sealBlock,
} from "../../../../src/stream/journal/segment.ts";
import { CORE_HASH, events } from "../../../support/numbered-events.ts";

const HEADER = {
  layoutVersion: LAYOUT_VERSION,
  eventBytes: EVENT_BYTES,
  firstSequence: 2 ** 40 + 3,
  created: 1_790_000_000_123_456,
  coreHash: CORE_HASH,
};

describe("segment header", () => {
  it("reads back what was written", () => {
    expect(decodeSegmentHeader(encodeSegmentHeader(HEADER))).toEqual({ ok: true, value: HEADER });
  });

  it("notices every single changed bit", () => {
    const good = encodeSegmentHeader(HEADER);
    for (let bit = 0; bit < SEGMENT_HEADER_BYTES * 8; bit++) {
      const bad = Uint8Array.from(good);
      bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(decodeSegmentHeader(bad).ok, `bit ${bit}`).toBe(false);
    }
  });
});

describe("block header", () => {
  const block = (count: number): Uint8Array => {
    const bytes = new Uint8Array(blockBytes(count));
    bytes.set(events(9, count), BLOCK_HEADER_BYTES);
    sealBlock(bytes, 0, count, 9, 5);
    return bytes;
  };

  it("reads back what was written", () => {
    const header = readBlockHeader(block(3), 0);
    expect(header).toMatchObject({ count: 3, firstSequence: 9, synced: 5 });
  });

  it("notices every single changed bit", () => {
    const good = block(2);
    for (let bit = 0; bit < BLOCK_HEADER_BYTES * 8; bit++) {
      const bad = Uint8Array.from(good);
      bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(readBlockHeader(bad, 0), `bit ${bit}`).toBeNull();
    }
  });

  it("refuses blocks without events and blocks of too many", () => {
    for (const count of [0, BLOCK_EVENTS_MAX + 1]) {
      const bytes = new Uint8Array(blockBytes(count));
      sealBlock(bytes, 0, count, 0, 0);
      expect(readBlockHeader(bytes, 0)).toBeNull();
    }
  });
});
