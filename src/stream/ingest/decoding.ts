// A message through the decoder of the core (assembly/decode), and what the decoder asks its host for on the way: new
// names, events that must wait, numbers that take more than a multiplication to round, and the score of a news text.
// Main thread only. What became of the message stands in the result block until the next one.
import * as layout from "../../../assembly/layout.ts";
import * as wire from "../../../assembly/wire.ts";
import type { CoreExports } from "../kernels/core.ts";
import type { ResultBlock } from "./batch.ts";
import type { IngestCounters } from "./counters.ts";
import { HeldEvents } from "./held-events.ts";
import type { Names } from "./names.ts";
import { scoreOf, similarityHash, wordsOf } from "./story.ts";

export interface DecodingDeps {
  readonly core: CoreExports;
  readonly block: ResultBlock;
  readonly names: Names;
  readonly counters: IngestCounters;
}

/** What the decoder asks its host for. */
const ASSISTED: ReadonlySet<number> = new Set([
  wire.STATUS_NAME,
  wire.STATUS_HELD,
  wire.STATUS_NUMBER,
  wire.STATUS_TEXT,
]);

export class Decoding {
  /** Events whose available_at has not come. */
  readonly held = new HeldEvents();
  private readonly deps: DecodingDeps;

  constructor(deps: DecodingDeps) {
    this.deps = deps;
  }

  /** The next message begins with this tick. */
  comesFrom(first: number): void {
    this.deps.block.setWord(wire.DECODE_FIRST, first);
  }

  /** The STATUS_ that the message ends with; its records are reserved in the ring. */
  run(bytes: Uint8Array, format: number, flags: number): number {
    const { core, block } = this.deps;
    if (bytes.length > wire.MESSAGE_BYTES_MAX) {
      block.setWord(wire.DECODE_REASON, wire.REASON_TOO_LARGE);
      return wire.STATUS_FAILED;
    }
    block.put(bytes);
    let status = core.decode(bytes.length, format, flags);
    // What it asks for lies in the message, each time in other bytes of it.
    for (let asked = 0; ASSISTED.has(status); asked++) {
      if (asked > bytes.length) throw new Error("the decoder asks for more than there is in the message");
      if (status === wire.STATUS_TEXT) this.scoreText(bytes, format);
      status = core.resume(this.assist(status, bytes, flags & 0xff));
    }
    return status;
  }

  private assist(status: number, bytes: Uint8Array, flags: number): number {
    const { block, names, counters } = this.deps;
    if (status === wire.STATUS_NAME) return names.internAsked(flags);
    if (status === wire.STATUS_NUMBER) return this.parseNumbers(bytes);
    if (status === wire.STATUS_TEXT) return wire.RESUME_AGAIN;
    const count = block.word(wire.DECODE_HELD_COUNT);
    const records = block.copy(wire.DECODE_STAGING, count * layout.EVENT_BYTES);
    if (!this.held.push(block.number(wire.DECODE_HELD_AT), records)) return wire.REASON_HELD_FULL;
    counters.held += 1;
    return wire.RESUME_TAKEN;
  }

  /** Numbers with more digits, or a larger exponent, than the core rounds exactly, of any length. The core has the signs. */
  private parseNumbers(bytes: Uint8Array): number {
    const { block } = this.deps;
    const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const known = block.word(wire.DECODE_NUMBER_COUNT);
    const count = known + block.word(wire.DECODE_NUMBERS_ASKED);
    for (let index = known; index < count; index++) {
      const request = wire.DECODE_NUMBERS + index * 16;
      const at = block.word(request);
      const text = message.toString("latin1", at, at + block.word(request + 4));
      block.setNumber(request + 8, Math.abs(Number(text)));
    }
    block.setWord(wire.DECODE_NUMBER_COUNT, count);
    return wire.RESUME_AGAIN;
  }

  /** The text of a news tick, between its quotes in JSON: what the record keeps of it is score and hash. */
  private scoreText(bytes: Uint8Array, format: number): void {
    const { block } = this.deps;
    const at = block.word(wire.DECODE_STORY_AT);
    const raw = new TextDecoder().decode(bytes.subarray(at, at + block.word(wire.DECODE_STORY_LENGTH)));
    const words = wordsOf(format === wire.FORMAT_JSON ? (JSON.parse(`"${raw}"`) as string) : raw);
    const [low, high] = similarityHash(words);
    block.setNumber(wire.DECODE_STORY_SCORE, scoreOf(words));
    block.setWord(wire.DECODE_STORY_HASH, low);
    block.setWord(wire.DECODE_STORY_HASH + 4, high);
    block.setWord(wire.DECODE_STORY_SCORED, at + 1);
  }
}
