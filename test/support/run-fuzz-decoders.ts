// `npm run fuzz -- decoders [--cases N --seconds S --jobs J --seed X --only NAME --keep --record]`: the fuzzer of decoders.
// A fault is printed with its batch, its case and the input in hex; `--only NAME --input HEX` tries one input again, and the
// same seed and name run the same batches. `--keep` puts the inputs that led to each kind of outcome into test/fixtures/fuzz.
// `--record` makes pieces, each with the next seed that has none yet, keeps them in test/proofs/fuzz-decoders.ndjson and
// writes the table of docs/reliability.md from all that are there; it goes on until they come to N cases, so that the same
// command goes on with what was broken off. Exits with 1 when there is a fault.
import { tryOne } from "./fuzz/decoders/batch.ts";
import { keepCorpus } from "./fuzz/decoders/corpus.ts";
import { fuzzDecoders } from "./fuzz/decoders/decoders.ts";
import { casesOf, type DecodersPiece, faultsOf, pieceOf, tableOf } from "./fuzz/decoders/report.ts";
import { TARGETS } from "./fuzz/decoders/targets.ts";
import { counted, days, freshSeed, keep, kept, machines } from "./proofs.ts";
import { record } from "./reliability.ts";
import { flag, text, whole, wordsOf } from "./words.ts";

const PROOF = "fuzz-decoders";
const PIECE_CASES = 500_000;
const FAULTS_MAX = 20;
const COMMAND = {
  name: "npm run fuzz -- decoders",
  about: "Damaged input to everything that reads strangers' bytes; a fault is printed with the input that caused it.",
  options: {
    cases: whole("inputs for all decoders together; with --record until all that are kept come to so many", 1_000_000),
    seconds: whole("after which no batch is begun", 3_600),
    jobs: whole("processes", 2, { most: 256 }),
    seed: whole("to run the same batches again; the time when left out", null, { least: 0 }),
    only: text("NAME", `those with this in the name: ${TARGETS.map(({ name }) => name).join(", ")}`),
    input: text("HEX", "with --only: this one input"),
    keep: flag("puts the inputs that led to each kind of outcome into test/fixtures/fuzz"),
    record: flag("keeps pieces in test/proofs and writes what all of them come to into docs/reliability.md"),
  },
};

export async function runFuzzDecoders(args: readonly string[]): Promise<void> {
  const { values } = wordsOf(COMMAND, args);
  const { cases, seconds, jobs, input } = values;
  const only = values.only ?? "";
  if (!TARGETS.some(({ name }) => name.includes(only))) {
    console.error(`no decoder has ${only} in its name (npm run fuzz -- decoders --help names them)`);
    process.exitCode = 2;
    return;
  }
  if (input !== null) return tryInput(only, input);
  if (values.record && only !== "") {
    console.error("--record and --only do not go together: pieces that are kept are of all decoders");
    process.exitCode = 2;
    return;
  }
  const wanted = { seed: values.seed ?? Date.now() % 1_000_000, cases, seconds, jobs, only, keeps: values.keep };
  const made = values.record ? await recorded(wanted) : [await pieceWith(wanted)];
  tell(made);
  process.exitCode = faultsOf(made).length > 0 ? 1 : 0;
}

interface Wanted {
  readonly seed: number;
  readonly cases: number;
  readonly seconds: number;
  readonly jobs: number;
  readonly only: string;
  readonly keeps: boolean;
}

/** Pieces until all that are kept come to the cases. Returns those that were made now. */
async function recorded(wanted: Wanted): Promise<readonly DecodersPiece[]> {
  const end = performance.now() + wanted.seconds * 1e3;
  const made: DecodersPiece[] = [];
  for (;;) {
    const all = kept(PROOF) as readonly DecodersPiece[];
    const missing = wanted.cases - casesOf(all);
    const left = (end - performance.now()) / 1e3;
    if (missing <= 0 || left <= 0 || faultsOf(made).length >= FAULTS_MAX) break;
    const seed = freshSeed(all, wanted.seed);
    const one = await pieceWith({ ...wanted, seed, cases: Math.min(PIECE_CASES, missing), seconds: left });
    if (casesOf([one]) + faultsOf([one]).length === 0) break;
    keep(PROOF, one);
    made.push(one);
    console.log(
      `seed ${seed}: ${casesOf([one])} cases, ${faultsOf([one]).length} faults; kept ${casesOf(all) + casesOf([one])}`,
    );
  }
  const all = kept(PROOF) as readonly DecodersPiece[];
  if (all.length > 0) write(all);
  return made;
}

async function pieceWith({ seed, cases, seconds, jobs, only, keeps }: Wanted): Promise<DecodersPiece> {
  const began = performance.now();
  const reports = await fuzzDecoders({ seed, cases, seconds, jobs, only, progress: (line) => console.log(line) });
  if (keeps) for (const { name, outcomes } of reports) keepCorpus(name, outcomes);
  return pieceOf(reports, seed, (performance.now() - began) / 1e3);
}

function tell(pieces: readonly DecodersPiece[]): void {
  if (pieces.length > 0) console.log(tableOf(pieces).join("\n"));
  for (const one of faultsOf(pieces)) console.log(`FAULT ${one}`);
}

function write(pieces: readonly DecodersPiece[]): void {
  const seconds = pieces.reduce((sum, one) => sum + one.seconds, 0);
  const command = `\`npm run fuzz -- decoders --cases N --record\`, ${counted(pieces)}, ${seconds} s`;
  const lines = [`${command}. The pieces, with their seeds, are in test/proofs/${PROOF}.ndjson.`];
  record("fuzz", [...lines, "", ...tableOf(pieces)], `${days(pieces)} on ${machines(pieces)}`);
}

async function tryInput(name: string, hex: string): Promise<void> {
  const target = TARGETS.find((one) => one.name === name);
  if (target === undefined) {
    console.error(
      "--input needs the decoder that it is for: --only NAME (npm run fuzz -- decoders --help explains it)",
    );
    process.exitCode = 2;
    return;
  }
  const trial = target.open();
  const { outcome, fault, ms } = await tryOne(trial, new Uint8Array(Buffer.from(hex, "hex")));
  trial.close?.();
  console.log(fault === null ? `${outcome} (${ms.toFixed(1)} ms)` : `FAULT ${fault}`);
  process.exitCode = fault === null ? 0 : 1;
}
