// A process that journals numbered events until it is killed, and says on its standard output what it was told is
// safe, one line each: "durable N" (every event below N), "snapshot N".
//   node journal-writer.js FOLDER off|batch|always
import { writeSync } from "node:fs";
import { setImmediate as turnOfTheLoop, setTimeout as pause } from "node:timers/promises";
import { Journal, type JournalSync } from "../../src/stream/journal/journal.ts";
import { createPlane } from "../../src/stream/rings/plane.ts";
import { copyState } from "../../src/stream/rings/state-copy.ts";
import { CORE_HASH, events } from "./numbered-events.ts";

const [dir = "", sync = "batch"] = process.argv.slice(2);
const { memory, plan, ring } = createPlane({ maxSymbols: 16, maxInstances: 16, workers: 1 });
const journal = await Journal.open({
  dir,
  memory,
  plan,
  coreHash: CORE_HASH,
  sync: sync as JournalSync,
  segmentBytes: 256 * 1024,
  retention: { bytes: 1024 * 1024, ageMs: 0 },
});
let next = journal.recovery.nextSequence;
await journal.start();

for (let turn = 1; ; turn++) {
  next += ring.append(events(next, 1 + (turn % 700)));
  ring.publish();
  const sequence = next;
  void journal.waitDurable(sequence).then(() => writeSync(1, `durable ${sequence}\n`));
  if (turn % 100 === 0) {
    void journal
      .snapshot(sequence, copyState(memory, plan))
      .then((taken) => (taken.ok ? writeSync(1, `snapshot ${taken.value}\n`) : 0));
  }
  await (turn % 16 === 0 ? pause(1) : turnOfTheLoop());
}
