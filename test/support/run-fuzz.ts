// `npm run fuzz [-- --requests N --seconds S --seed X --record]`: the fuzzer of requests against an engine of its own,
// until N were answered or the time is over. Prints what was answered, memory, and every fault with the request that
// caused it; exits with 1 when there is one. `--record` makes pieces, each with an engine of its own and the next seed that
// has none yet, keeps them in test/proofs/fuzz-requests.ndjson and writes the table of docs/reliability.md from all that are
// there; it goes on until they come to N requests, so that the same command goes on with what was broken off.
// `npm run fuzz -- decoders`: what reads strangers' bytes, by itself (run-fuzz-decoders.ts).
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EngineProcess } from "./engine-process.ts";
import { COLLECTING } from "./fuzz/collecting.ts";
import { fuzz, told } from "./fuzz/fuzz.ts";
import { pieceOf, requestsOf, type RequestsPiece, tableOf } from "./fuzz/report.ts";
import { counted, days, freshSeed, keep, kept, machines } from "./proofs.ts";
import { record } from "./reliability.ts";
import { runFuzzDecoders } from "./run-fuzz-decoders.ts";
import { flag, whole, wordsOf } from "./words.ts";

const PROOF = "fuzz-requests";
const PIECE_REQUESTS = 100_000;

const [what, ...rest] = process.argv.slice(2);
if (what === "decoders") {
  await runFuzzDecoders(rest);
  process.exit(process.exitCode);
}
const { values } = wordsOf({
  name: "npm run fuzz --",
  about:
    "Odd requests to every endpoint of an engine of its own; every fault is printed with the request that caused it. " +
    "`npm run fuzz -- decoders --help` explains the other fuzzer: damaged input to what reads strangers' bytes.",
  options: {
    requests: whole("at most; with --record until all that are kept come to so many", 1_000_000),
    seconds: whole("at most", 900),
    seed: whole("to send the same requests again; the time when left out", null, { least: 0 }),
    record: flag("keeps pieces in test/proofs and writes what all of them come to into docs/reliability.md"),
  },
});
const { requests, seconds } = values;
const seed = values.seed ?? Date.now() % 1_000_000;
const faults = values.record ? await recorded() : (await pieceWith({ requests, seconds, seed })).faults.length;
process.exitCode = faults > 0 ? 1 : 0;

/** Pieces until all that are kept come to the requests. How many faults those had that were made now. */
async function recorded(): Promise<number> {
  const end = performance.now() + seconds * 1e3;
  let found = 0;
  for (;;) {
    const all = kept(PROOF) as readonly RequestsPiece[];
    const missing = requests - requestsOf(all);
    const left = (end - performance.now()) / 1e3;
    if (missing <= 0 || left <= 0 || found > 0) break;
    const fresh = freshSeed(all, seed);
    const one = await pieceWith({ requests: Math.min(PIECE_REQUESTS, missing), seconds: left, seed: fresh });
    keep(PROOF, one);
    found += one.faults.length;
  }
  const all = kept(PROOF) as readonly RequestsPiece[];
  if (all.length > 0) write(all);
  return found;
}

interface Wanted {
  readonly requests: number;
  readonly seconds: number;
  readonly seed: number;
}

async function pieceWith(wanted: Wanted): Promise<RequestsPiece> {
  const dir = mkdtempSync(join(tmpdir(), "fuzz-"));
  const engine = await EngineProcess.start(
    { DATA_DIR: dir, MAX_SYMBOLS: "64", LOG_LEVEL: "info" },
    { node: COLLECTING },
  );
  try {
    const { port, pid } = engine;
    const report = await fuzz({ port, pid, ...wanted, progress: (now) => console.log(told(now)) });
    console.log(told(report));
    const code = await engine.stop();
    const all = code === 0 ? report.faults : [...report.faults, `the engine stopped with ${code}`];
    for (const fault of all) console.log(`FAULT ${fault}`);
    return pieceOf(report, all);
  } finally {
    await engine.kill();
    rmSync(dir, { recursive: true, force: true });
  }
}

function write(pieces: readonly RequestsPiece[]): void {
  const took = pieces.reduce((sum, one) => sum + one.seconds, 0);
  const command = `\`npm run fuzz -- --requests N --record\`, ${counted(pieces)}, ${took} s`;
  const lines = [`${command}. The pieces, with their seeds, are in test/proofs/${PROOF}.ndjson.`];
  record("fuzz-requests", [...lines, "", ...tableOf(pieces)], `${days(pieces)} on ${machines(pieces)}`);
}
