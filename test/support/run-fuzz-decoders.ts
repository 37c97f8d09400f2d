// `npm run fuzz -- decoders [--cases N --seconds S --jobs J --seed X --only NAME --keep --record]`: the fuzzer of decoders.
// A fault is printed with its batch, its case and the input in hex; `--only NAME --input HEX` tries one input again, and the
// same seed and name run the same batches. `--keep` puts the inputs that led to each kind of outcome into test/fixtures/fuzz,
// `--record` writes what was measured into docs/reliability.md. Exits with 1 when there is a fault.
import { tryOne } from "./fuzz/decoders/batch.ts";
import { keepCorpus } from "./fuzz/decoders/corpus.ts";
import { fuzzDecoders, type TargetReport } from "./fuzz/decoders/decoders.ts";
import { TARGETS } from "./fuzz/decoders/targets.ts";
import { record, table } from "./reliability.ts";
import { flag, oneOf, text, whole, wordsOf } from "./words.ts";

const COMMAND = {
  name: "npm run fuzz -- decoders",
  about: "Damaged input to everything that reads strangers' bytes; a fault is printed with the input that caused it.",
  options: {
    cases: whole("inputs for each decoder", 1_000_000),
    seconds: whole("after which no batch is begun", 3_600),
    jobs: whole("processes", 2, { most: 256 }),
    seed: whole("to run the same batches again; the time when left out", null, { least: 0 }),
    only: oneOf(
      "NAME",
      "one decoder",
      TARGETS.map(({ name }) => name),
    ),
    input: text("HEX", "with --only: this one input"),
    keep: flag("puts the inputs that led to each kind of outcome into test/fixtures/fuzz"),
    record: flag("writes what was measured into docs/reliability.md"),
  },
};

export async function runFuzzDecoders(args: readonly string[]): Promise<void> {
  const { values } = wordsOf(COMMAND, args);
  const { cases, seconds, jobs, input } = values;
  const only = values.only ?? "";
  if (input !== null) return tryInput(only, input);
  const seed = values.seed ?? Date.now() % 1_000_000;
  const begin = performance.now();
  const reports = await fuzzDecoders({ seed, cases, seconds, jobs, only, progress: (line) => console.log(line) });
  const took = Math.round((performance.now() - begin) / 1e3);
  const lines = linesOf(reports);
  console.log(lines.join("\n"));
  for (const { name, faults } of reports) for (const one of faults) console.log(`FAULT ${name}: ${one}`);
  if (values.keep) for (const { name, outcomes } of reports) keepCorpus(name, outcomes);
  if (values.record)
    record("fuzz", [`\`npm run fuzz -- decoders --cases ${cases} --seed ${seed}\`, ${took} s.`, "", ...lines]);
  process.exitCode = reports.some(({ faults }) => faults.length > 0) ? 1 : 0;
}

function linesOf(reports: readonly TargetReport[]): readonly string[] {
  const count = (value: number): string => value.toLocaleString("en-GB");
  const sum = (of: (report: TargetReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  const rows = reports.map((report) => {
    const { name, cases, faults, outcomes, slowestMs, memoryMib, reached } = report;
    const share =
      (reached.reduce((all, { run }) => all + run, 0) /
        Math.max(
          1,
          reached.reduce((all, { bytes }) => all + bytes, 0),
        )) *
      100;
    const covered = reached.length === 0 ? "" : `${share.toFixed(1)} %`;
    return [
      name,
      count(cases),
      String(faults.length),
      String(outcomes.size),
      covered,
      `${slowestMs.toFixed(0)} ms`,
      `${memoryMib.toFixed(0)} MiB`,
    ];
  });
  const all = ["all", count(sum(({ cases }) => cases)), String(sum(({ faults }) => faults.length)), "", "", "", ""];
  const head = [
    "decoder",
    "cases",
    "faults",
    "kinds of outcome",
    "code reached",
    "slowest case",
    "memory of its process",
  ];
  return table([head, ...rows, all]);
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
