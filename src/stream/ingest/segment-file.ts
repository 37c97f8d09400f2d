// A segment of another engine's journal: its market events enter as the records they are, whole ticks only, with our
// ids and our clock; synthetic ticks, control events and beats stay behind. Names and the beginning of a tick may lie
// in earlier segments of the same folder, which are read for that when they were not read just before.
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { EVENT_BYTES } from "../../../assembly/layout.ts";
import { REASON_OVERLOADED, REASON_TRUNCATED } from "../../../assembly/wire.ts";
import { reasonName, refusal } from "../../domain/event.ts";
import { JournalError, numberedFiles, numberedPath, SEGMENT_SUFFIX, SegmentReader } from "../journal/journal.ts";
import { Intake, type FileProgress } from "./file-intake.ts";
import { FileFault } from "./file-lines.ts";
import { ForeignJournals, type ForeignJournal } from "./foreign-journal.ts";
import type { Ingest } from "./intake.ts";

export interface SegmentOptions {
  readonly path: string;
  readonly ingest: Ingest;
  readonly journals?: ForeignJournals;
  readonly blocked?: () => string | null;
}

/** Throws FileFault where the segment can no longer be vouched for; what is good before it has entered. */
export async function* readSegment(options: SegmentOptions): AsyncGenerator<FileProgress> {
  const { path, ingest, journals, blocked } = options;
  const folder = dirname(resolve(path));
  const journal = (journals ?? new ForeignJournals()).of(folder);
  const reader = openSegment(path);
  try {
    const first = reader.header.firstSequence;
    if (journal.nextSequence !== first) await readNamesBefore(journal, folder, first);
    journal.goOn(first);
    const intake = new Intake(ingest, { bytesRead: () => reader.offset }, reader.size, blocked);
    for (let block = reader.next(); block !== null; block = reader.next()) {
      for (let at = 0; at < block.events.length; at += EVENT_BYTES) {
        intake.lines += 1;
        const told = journal.take(block.events, at);
        if (told !== "part") await enter(told, journal, intake);
      }
      yield intake.progress();
      await othersTurn();
    }
    if (reader.bad) {
      throw new FileFault(`the events from ${reader.nextSequence} on are not whole: ${reader.bad.reason}`);
    }
    if (!journal.unfinished || existsSync(numberedPath(folder, reader.nextSequence, SEGMENT_SUFFIX))) return;
    await enter("broken", journal, intake);
    yield intake.progress();
  } finally {
    ingest.publish();
    reader.close();
  }
}

async function enter(told: "tick" | "broken", journal: ForeignJournal, intake: Intake): Promise<void> {
  const { ingest } = intake;
  const line = journal.nextSequence - 1;
  if (told === "broken") {
    ingest.counters.rejected[reasonName(REASON_TRUNCATED)] += 1;
    return intake.noteTick(REASON_TRUNCATED, line, "a tick that lacks its last records");
  }
  if (journal.demo) {
    intake.skipped += 1;
    return;
  }
  let reason: number;
  do {
    if (!intake.hasRoom) await intake.room();
    reason = ingest.acceptRecords(() => journal.translate(ingest.symbols), "file", "none");
  } while (reason === REASON_OVERLOADED);
  intake.noteTick(reason, line, `the tick ${refusal(reasonName(reason), 0, "")}`);
}

/** The segments in front of `first`; where one of them is missing or damaged, what comes before it does not count. */
async function readNamesBefore(journal: ForeignJournal, folder: string, first: number): Promise<void> {
  for (const { path, sequence } of numberedFiles(folder, SEGMENT_SUFFIX)) {
    if (sequence >= first) return;
    let reader: SegmentReader;
    try {
      reader = openSegment(path);
    } catch (error) {
      if (error instanceof FileFault) continue;
      throw error;
    }
    journal.goOn(reader.header.firstSequence);
    try {
      for (let block = reader.next(); block !== null; block = reader.next()) {
        for (let at = 0; at < block.events.length; at += EVENT_BYTES) journal.take(block.events, at);
        await othersTurn();
      }
    } finally {
      reader.close();
    }
  }
}

function openSegment(path: string): SegmentReader {
  try {
    return SegmentReader.open(path);
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    const { failure } = error;
    throw new FileFault(failure.code === "journal_damaged" ? failure.damage.reason : error.message);
  }
}

/** Lets the engine's beats and the workers' news in between two blocks. */
function othersTurn(): Promise<void> {
  return new Promise((done) => setImmediate(done));
}
