// The kernel worker's turn: consume what is there, or sleep until the producer wakes us. The time-out is only a
// watchdog: clock events come from ingest. Returns to the host with what it should do.
import * as layout from "../layout";
import { drain, snapshotDue } from "../evaluate";
import { consumer, signalCounters } from "../plan";

/** Events between two publications of the tail: room for the producer, news for main. */
const BATCH: u32 = 512;

export const TURN_CONSUMED: u32 = 1;
export const TURN_SIGNALS: u32 = 2;
export const TURN_SNAPSHOT: u32 = 4;
export const TURN_STOP: u32 = 8;

let reported: u32 = 0;

export function run(timeoutMs: i32): u32 {
  store<u32>(consumer, load<u32>(consumer, layout.CONSUMER_BEAT) + 1, layout.CONSUMER_BEAT);
  if (atomic.load<i32>(consumer, layout.CONSUMER_STOP)) return TURN_STOP;
  let turn: u32 = drain(BATCH) > 0 ? TURN_CONSUMED : 0;
  if (turn == 0) {
    atomic.store<i32>(consumer, 1, layout.CONSUMER_SLEEPING);
    if (atomic.load<u32>(layout.EVENT_HEAD) == load<u32>(consumer, layout.CONSUMER_TAIL)) {
      memory.atomic.wait32(consumer + layout.CONSUMER_SLEEPING, 1, i64(timeoutMs) * 1_000_000);
    }
    atomic.store<i32>(consumer, 0, layout.CONSUMER_SLEEPING);
    return 0;
  }
  const head = load<u32>(signalCounters);
  if (head != reported) turn |= TURN_SIGNALS;
  reported = head;
  if (snapshotDue) turn |= TURN_SNAPSHOT;
  return turn;
}
