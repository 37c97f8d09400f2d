// `npm run simulate [-- --seeds N --from S --steps M --jobs J]`: whole engines in virtual time, N seeds from S on, M steps
// each; a line per seed with how far it is and how long the rest takes. `--seed N --steps M` runs one seed and prints the
// trace around the fault. `--jobs 2` takes a process for each seed, so many at a time. Exits with 1 when a seed fails.
//   --planes         data planes alone, without executions and their store
//   --sabotage LIES  plants faults (world.ts, disk.ts, trading.ts), to prove that the simulator finds them: each seed is run
//                    with each of them, one after the other
//   --json           one line of JSON a seed
//   --record         writes the result into docs/reliability.md
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { record, table } from "./reliability.ts";
import { compilePrograms } from "./simulator/programs.ts";
import { simulate, type SeedReport } from "./simulator/simulator.ts";
import { SABOTAGES, type Sabotage } from "./simulator/world.ts";
import { flag, some, whole, wordsOf } from "./words.ts";

const { values } = wordsOf({
  name: "npm run simulate --",
  about:
    "Whole engines in virtual time over disks, feeds and threads that fail as a seed says; a line per seed, and a seed " +
    "that fails runs again exactly.",
  options: {
    seeds: whole("how many seeds", 10),
    from: whole("the first seed", 1, { least: 0 }),
    seed: whole("this seed alone, with a trace around its fault", null, { least: 0 }),
    steps: whole("of each seed", 20_000),
    jobs: whole("processes; with more than one, each seed has its own", 1, { most: 256 }),
    planes: flag("data planes alone, without executions and their store"),
    sabotage: some("LIES", "plants faults, each in a run of its own, to see them found", SABOTAGES),
    json: flag("a line of JSON for each seed"),
    record: flag("writes the result into docs/reliability.md"),
  },
});
const { steps, jobs, planes: alone } = values;
const lies: readonly (Sabotage | null)[] = values.sabotage.length > 0 ? values.sabotage : [null];
const from = values.seed ?? values.from;
const seeds = values.seed === null ? values.seeds : 1;
const runs = seeds * lies.length;

const began = process.hrtime.bigint();
const reports: SeedReport[] = [];

async function child(seed: number): Promise<SeedReport> {
  const words = ["--seed", String(seed), "--steps", String(steps), "--json", ...(alone ? ["--planes"] : [])];
  const file = fileURLToPath(import.meta.url);
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [file, ...words], { maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
      const line = stdout.split("\n").find((one) => one.startsWith("{"));
      if (line !== undefined) resolve(JSON.parse(line) as SeedReport);
      else reject(new Error(`seed ${seed} gave no report: ${stderr || (error?.message ?? "")}`));
    });
  });
}

function seconds(): number {
  return Number(process.hrtime.bigint() - began) / 1e9;
}

function tell(report: SeedReport): void {
  reports.push(report);
  if (values.json) {
    console.log(JSON.stringify(report));
    return;
  }
  const { seed, events, signals, kills, cuts, stops, kernelDeaths, refusals, checks, fingerprint, fault } = report;
  const { executions, fills, programFaults, storeRefusals, threadDeaths, ledgers, changes, changesRefused } = report;
  const left = Math.round((seconds() / reports.length) * (runs - reports.length));
  console.log(
    `seed ${seed}: ${fault === null ? "holds" : "FAILS"}, ${report.steps} steps, ${events} events, ${signals} signals, ` +
      `${kills} kills, ${cuts} power cuts, ${stops} stops, ${kernelDeaths} dead workers, ${refusals} refusals of the disk, ` +
      `${checks} replays, ${executions} executions, ${fills} fills, ${programFaults} programs failed, ` +
      `${storeRefusals} refusals of the store, ${threadDeaths} dead threads beside, ${ledgers} ledgers added up, ` +
      `${changes} changes of strategies, ${changesRefused} refused, ` +
      `${fingerprint} (${reports.length} of ${runs}, ${left} s left)`,
  );
  if (fault === null) return;
  console.log(`  step ${fault.step}: ${fault.reason}`);
  if (values.seed !== null) for (const line of fault.trace) console.log(`    ${line}`);
  else console.log(`  again: npm run simulate -- --seed ${seed} --steps ${steps}`);
}

async function run(lane: Iterator<number>): Promise<void> {
  for (let next = lane.next(); next.done !== true; next = lane.next())
    for (const lie of lies) tell(await one(next.value, lie));
}

function one(seed: number, sabotage: Sabotage | null): Promise<SeedReport> {
  if (jobs > 1) return child(seed);
  return simulate({ seed, steps, sabotage, programs });
}

// Compiled once: processes of their own find what was made in its folder.
const programs = alone ? null : await compilePrograms();
const wanted = Array.from({ length: seeds }, (_, index) => from + index).values();
await Promise.all(Array.from({ length: jobs }, () => run(wanted)));

const failed = reports.filter(({ fault }) => fault !== null);
const sum = (of: (report: SeedReport) => number): number => reports.reduce((total, report) => total + of(report), 0);
if (!values.json) {
  console.log(
    `${reports.length} seeds, ${sum((one) => one.steps)} steps, ${sum((one) => one.events)} events, ` +
      `${sum((one) => one.signals)} signals, ${sum((one) => one.kills)} kills, ${sum((one) => one.cuts)} power cuts, ` +
      `${sum((one) => one.checks)} replays compared, ${sum((one) => one.fills)} fills, ` +
      `${sum((one) => one.ledgers)} ledgers added up, ${failed.length} seeds failed, ${Math.round(seconds())} s`,
  );
}
if (values.record) {
  const figures = (of: (report: SeedReport) => number): string => sum(of).toLocaleString("en-US");
  record("simulate", [
    `\`npm run simulate -- --from ${from} --seeds ${seeds} --steps ${steps} --jobs ${jobs}\`, ${Math.round(seconds())} s.`,
    "",
    ...table([
      ["what", "how often"],
      ["seeds, and of them failed", `${reports.length}, ${failed.length}`],
      ["steps", figures((one) => one.steps)],
      ["events journaled and still there", figures((one) => one.events)],
      ["answers to posted ticks", figures((one) => one.answers)],
      ["signals that left", figures((one) => one.signals)],
      ["kill -9 at a call to the disk", figures((one) => one.kills)],
      ["power cuts at a call to the disk", figures((one) => one.cuts)],
      ["clean stops", figures((one) => one.stops)],
      ["kernel workers that died", figures((one) => one.kernelDeaths)],
      ["writes and syncs that the disk refused", figures((one) => one.refusals)],
      ["whole journals computed again and compared", figures((one) => one.checks)],
      ["executions that were started", figures((one) => one.executions)],
      ["fills that they told of", figures((one) => one.fills)],
      ["programs of users that failed", figures((one) => one.programFaults)],
      ["writes and commits that the store refused", figures((one) => one.storeRefusals)],
      ["threads of the store and of executions that died", figures((one) => one.threadDeaths)],
      ["changes of strategies that were confirmed", figures((one) => one.changes)],
      ["changes of strategies that were refused", figures((one) => one.changesRefused)],
      ["stored ledgers added up", figures((one) => one.ledgers)],
    ]),
  ]);
}
process.exitCode = failed.length > 0 ? 1 : 0;
