// A journal in which somebody changed one event and repaired every checksum: what no check of the files can find.
import { readFileSync, writeFileSync } from "node:fs";
import * as layout from "../../assembly/layout.ts";
import { numberedFiles, SEGMENT_SUFFIX } from "../../src/stream/journal/journal.ts";
import {
  blockBytes,
  BLOCK_HEADER_BYTES,
  readBlockHeader,
  sealBlock,
  SEGMENT_HEADER_BYTES,
} from "../../src/stream/journal/segment.ts";

const PRICES = [0, 2, 3, 4];

/** Multiplies the prices of the `nth` trade by `factor`; its sequence. */
export function changeTrade(dir: string, nth: number, factor: number): number {
  let left = nth;
  for (const { path } of numberedFiles(dir, SEGMENT_SUFFIX)) {
    const bytes = readFileSync(path);
    let at = SEGMENT_HEADER_BYTES;
    for (let header = readBlockHeader(bytes, at); header !== null; header = readBlockHeader(bytes, at)) {
      for (let index = 0; index < header.count; index++) {
        const event = at + BLOCK_HEADER_BYTES + index * layout.EVENT_BYTES;
        if (bytes[event + layout.EVENT_KIND] !== layout.KIND_TRADE || left-- > 0) continue;
        for (const place of PRICES) {
          const price = event + layout.EVENT_PAYLOAD + place * 8;
          bytes.writeDoubleLE(bytes.readDoubleLE(price) * factor, price);
        }
        sealBlock(bytes, at, header.count, header.firstSequence, header.synced);
        writeFileSync(path, bytes);
        return header.firstSequence + index;
      }
      at += blockBytes(header.count);
    }
  }
  throw new Error(`the journal has no trade number ${nth}`);
}
