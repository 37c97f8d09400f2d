// A process that checks a whole database while an engine works with it, and says what it found. Of its own, because it
// reads every page of a file that may be damaged, takes seconds, and has to give way to what is live and to a stop at once.
import { writeFileSync } from "node:fs";
import { getPriority, setPriority } from "node:os";
import type { Verdict } from "../whole-check.ts";
import { SqlError } from "./driver.ts";
import { openForReading, sentenceOf } from "./open.ts";

/** It asks for so much less of the processor, of at most so much. */
const LOWER = 10;
const LOWEST = 19;
/** Where memory ends, the system ends the process with the highest number, and not the engine. */
const FIRST_TO_GO = "/proc/self/oom_score_adj";
const FIRST = "1000";

const [, , file = ""] = process.argv;
// The engine is gone. The check goes on in a thread of the library, which an orderly end would wait for.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
// What stops the engine may be sent to all its processes: it is the engine's to say what becomes of the check.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => undefined);
yieldToOthers();
process.send?.(await verdict(), undefined, undefined, () => process.disconnect());

/** Before the library makes its threads, which take it over. */
function yieldToOthers(): void {
  try {
    setPriority(Math.min(LOWEST, getPriority() + LOWER));
    writeFileSync(FIRST_TO_GO, FIRST);
  } catch {
    // It may not, or this system has no such file: it then shares processor and memory as an equal.
  }
}

async function verdict(): Promise<Verdict> {
  try {
    const query = { sql: "SELECT quick_check FROM pragma_quick_check(1)", params: [] };
    const [row] = await openForReading(file).all(query);
    const complaint = row?.["quick_check"];
    return complaint === "ok" ? { kind: "whole" } : { kind: "damaged", reason: sentenceOf(complaint) };
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    return { kind: error.kind === "corrupt" ? "damaged" : "unknown", reason: error.message };
  }
}
