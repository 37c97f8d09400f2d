// A journal that ends within what a position announced, at every place and in every shape of blocks and segments: the
// start cuts it back to that position, and costs nobody else's event. A start that is killed while it cuts is followed
// by one that cuts in the same place.
import { readFileSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import * as layout from "../../assembly/layout.ts";
import { CONTROL_POSITION } from "../../assembly/position-layout.ts";
import { numberedFiles } from "../../src/stream/journal/files.ts";
import { recover } from "../../src/stream/journal/recovery.ts";
import { blockBytes } from "../../src/stream/journal/segment.ts";
import { SegmentWriter } from "../../src/stream/journal/segment-writer.ts";
import { countEvents, temporaryFolder } from "../support/journal.ts";
import { CORE_HASH, events } from "../support/numbered-events.ts";
import { Random } from "../support/random.ts";

/** Each writes and syncs some fifty blocks: more of them would measure the disk. */
const SEEDS = 100;

interface Plan {
  /** Sequence of the position event, and records that it announces. */
  readonly position: number;
  readonly announced: number;
  /** Events that were written. */
  readonly end: number;
}

function planOf(random: Random): Plan {
  const position = random.integer(120);
  const announced = 1 + random.integer(60);
  return { position, announced, end: position + 1 + random.integer(announced + 1) };
}

/** Events in blocks and segments of any size; the one at `position` is a position event. */
function write(dir: string, random: Random, { position, announced, end }: Plan): void {
  const segmentBytes = random.next() < 0.5 ? 1 << 30 : 256 + random.integer(4_000);
  const options = { sync: "batch", segmentBytes, coreHash: CORE_HASH, firstSequence: 0, dir } as const;
  const writer = new SegmentWriter(options, () => Date.now() * 1000);
  while (writer.stagedNext < end) {
    const first = writer.stagedNext;
    const count = Math.min(end - first, 1 + random.integer(random.next() < 0.3 ? 90 : 8));
    const bytes = Uint8Array.from(events(first, count));
    if (position >= first && position < first + count) {
      const view = new DataView(bytes.buffer, (position - first) * layout.EVENT_BYTES, layout.EVENT_BYTES);
      view.setUint8(layout.EVENT_KIND, layout.KIND_CONTROL);
      view.setUint32(layout.EVENT_AUX, CONTROL_POSITION, true);
      view.setUint16(layout.EVENT_SUBJECT, announced, true);
    }
    if (writer.needsSync) writer.sync();
    writer.stage(bytes, 0, count);
    writer.write();
    if (random.next() < 0.4) writer.sync();
  }
  writer.sync();
  writer.close();
}

it("is cut back to that position, and nothing else of it is", () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = new Random(seed);
    const plan = planOf(random);
    const dir = temporaryFolder();
    write(dir, random, plan);
    const { nextSequence, unfinished, torn } = recover(dir);
    const whole = plan.end === plan.position + 1 + plan.announced;
    expect(nextSequence, `seed ${seed}`).toBe(whole ? plan.end : plan.position);
    expect(unfinished, `seed ${seed}`).toEqual(
      whole ? null : { from: plan.position, events: plan.end - plan.position },
    );
    expect(torn).toBeNull();
    if (!whole) expect(countEvents(dir), `seed ${seed}`).toBe(plan.position);
    expect(recover(dir)).toMatchObject({ nextSequence, unfinished: null, torn: null });
  }
});

it("is cut in the same place when the start before was killed between two steps of it", () => {
  let seen = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = new Random(seed);
    const plan = { ...planOf(random), end: 0 };
    const dir = temporaryFolder();
    write(dir, random, { ...plan, end: plan.position + plan.announced });
    const before = new Map(numberedFiles(dir, ".journal").map(({ path }) => [path, readFileSync(path)]));
    recover(dir);
    const last = numberedFiles(dir, ".journal").at(-1);
    if (last === undefined) continue;
    const cut = readFileSync(last.path);
    const old = before.get(last.path) ?? cut;
    // The header of the shortened block is in place, and what it no longer speaks of is still behind it.
    const left = old.subarray(cut.length, cut.length + blockBytes(plan.announced));
    const block = left.subarray(
      0,
      left.findIndex((_, at) => left.readUInt32LE(at) === 0x4b434c42 || at + 4 >= left.length),
    );
    if (block.length === 0) continue;
    seen += 1;
    writeFileSync(last.path, Buffer.concat([cut, block]));
    expect(recover(dir).nextSequence, `seed ${seed}`).toBe(plan.position);
    expect(countEvents(dir), `seed ${seed}`).toBe(plan.position);
  }
  expect(seen).toBeGreaterThan(SEEDS / 6);
});
