// `npm run fuzz -- decoders [--cases N --seconds S --jobs J --seed X --only NAME --keep --record]`: the fuzzer of decoders.
// A fault is printed with its batch, its case and the input in hex; `--only NAME --input HEX` tries one input again, and the
// same seed and name run the same batches. `--keep` puts the inputs that led to each kind of outcome into test/fixtures/fuzz,
// `--record` writes what was measured into docs/reliability.md. Exits with 1 when there is a fault.
import { parseArgs } from "node:util";
import { tryOne } from "./fuzz/decoders/batch.ts";
import { keepCorpus } from "./fuzz/decoders/corpus.ts";
import { fuzzDecoders, type TargetReport } from "./fuzz/decoders/decoders.ts";
import { TARGETS } from "./fuzz/decoders/targets.ts";
import { record, table } from "./reliability.ts";

const TEXT = { type: "string" } as const;
const FLAG = { type: "boolean" } as const;

export async function runFuzzDecoders(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { cases: TEXT, seconds: TEXT, jobs: TEXT, seed: TEXT, only: TEXT, input: TEXT, keep: FLAG, record: FLAG },
  });
  const { only = "" } = values;
  if (values.input !== undefined) return tryInput(only, values.input);
  const cases = Number(values.cases ?? 1_000_000);
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  const seconds = Number(values.seconds ?? 3_600);
  const jobs = Number(values.jobs ?? 2);
  const begin = performance.now();
  const reports = await fuzzDecoders({ seed, cases, seconds, jobs, only, progress: (line) => console.log(line) });
  const took = Math.round((performance.now() - begin) / 1e3);
  const lines = linesOf(reports);
  console.log(lines.join("\n"));
  for (const { name, faults } of reports) for (const one of faults) console.log(`FAULT ${name}: ${one}`);
  if (values.keep === true) for (const { name, outcomes } of reports) keepCorpus(name, outcomes);
  if (values.record === true)
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
  if (target === undefined) throw new Error(`--only must be one of: ${TARGETS.map((one) => one.name).join(", ")}`);
  const trial = target.open();
  const { outcome, fault, ms } = await tryOne(trial, new Uint8Array(Buffer.from(hex, "hex")));
  trial.close?.();
  console.log(fault === null ? `${outcome} (${ms.toFixed(1)} ms)` : `FAULT ${fault}`);
  process.exitCode = fault === null ? 0 : 1;
}
