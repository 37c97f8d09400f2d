// `npm run chaos [-- --rounds N --minutes M --seed S --record]`: a real engine, killed with SIGKILL at random moments
// under load and while it recovers, again and again over one data folder for each way of syncing. Market data goes in by
// HTTP with its own numbers as volumes, so that what was acknowledged can be looked for afterwards. After each restart:
// every acknowledged tick is in the journal once, nothing reported durable is gone, flags whose change was answered are
// there, and the state is that of a computation of the journal that nothing interrupted (verify:recovery's). Each ten
// rounds are a piece over folders of their own; `--record` keeps pieces in test/proofs/chaos.ndjson, and writes the table
// of docs/reliability.md from all that are there. Exits with 1 when a promise is broken.
// `npm run chaos -- --faults [NAME ...]`: other faults, see faults/.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Chaos, MODES, type ModeReport, PROMISES } from "./chaos.ts";
import { FAULTS } from "./faults/catalogue.ts";
import { runFaults } from "./faults/run.ts";
import { counted, days, keep, kept, machines, type Piece, piece } from "./proofs.ts";
import { record, table } from "./reliability.ts";
import { amount, flag, whole, wordsOf } from "./words.ts";

const PIECE_ROUNDS = 10;

interface ChaosPiece extends Piece {
  readonly seed: number;
  readonly modes: readonly ModeReport[];
}

const { values, rest } = wordsOf({
  name: "npm run chaos --",
  about:
    "Kills a real engine under load and while it recovers, and looks for everything that it acknowledged; with --faults " +
    "other faults: Redis, disk, damaged files, limits, threads, an earlier version's data.",
  options: {
    rounds: whole("rounds of kills, each over all ways of syncing", 30),
    minutes: amount("minutes after which no round is begun", 10),
    seed: whole("of the moments, to run them again; the time when left out", null, { least: 0, most: 1e15 }),
    record: flag("keeps what was measured in test/proofs, and writes docs/reliability.md"),
    faults: flag("the faults that are named, or all of them, in place of kills"),
  },
  rest: { value: "FAULT", about: "with --faults", names: FAULTS.map(({ name }) => name) },
});
const { rounds, minutes, seed, record: recorded } = values;
const broken = values.faults ? await runFaults(rest, recorded) : await runKills(rounds, minutes, seed ?? Date.now());
process.exitCode = broken > 0 ? 1 : 0;

async function runKills(rounds: number, minutes: number, seed: number): Promise<number> {
  const began = performance.now();
  const end = began + minutes * 60_000;
  const pieces: ChaosPiece[] = [];
  for (let done = 0; done < rounds && performance.now() < end; done += PIECE_ROUNDS) {
    const one = await killsOf(Math.min(PIECE_ROUNDS, rounds - done), end, seed + done);
    pieces.push(one);
    for (const fault of one.modes.flatMap((mode) => mode.faults)) console.error(`BROKEN ${fault}`);
    if (recorded) keep("chaos", one);
  }
  if (recorded) recordKills(kept("chaos") as readonly ChaosPiece[]);
  const reports = pieces.flatMap((one) => one.modes);
  const kills = sum(reports, (one) => one.rounds + one.startKills);
  const faults = sum(reports, (one) => one.faults.length);
  console.log(table(rowsOf(pieces)).join("\n"));
  console.log(`${kills} kills in ${Math.round((performance.now() - began) / 1000)} s, ${faults} promises broken`);
  return faults;
}

/** One piece: rounds over new folders, until `end` at most. */
async function killsOf(rounds: number, end: number, seed: number): Promise<ChaosPiece> {
  const began = performance.now();
  const dir = mkdtempSync(join(tmpdir(), "chaos-"));
  try {
    const all = MODES.map((mode, index) => new Chaos({ mode, dir: join(dir, mode), seed: seed + index }));
    for (let round = 1; round <= rounds && performance.now() < end; round++) {
      for (const one of all) {
        const told = await one.round();
        console.log(`round ${round} of ${rounds}, seed ${seed}, JOURNAL_SYNC=${one.mode}: ${told}`);
      }
    }
    const modes: ModeReport[] = [];
    for (const one of all) modes.push(await one.finish());
    return { ...piece((performance.now() - began) / 1000), seed, modes };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function recordKills(pieces: readonly ChaosPiece[]): void {
  const kills = sum(
    pieces.flatMap((one) => one.modes),
    (one) => one.rounds + one.startKills,
  );
  const seconds = sum(pieces, (one) => one.seconds);
  const command = `\`npm run chaos -- --rounds N --minutes M --record\`, ${counted(pieces)}, ${seconds} s`;
  const lines = [`${command}: ${kills} kills. The pieces, with their seeds, are in test/proofs/chaos.ndjson.`];
  record("chaos", [...lines, "", ...table(rowsOf(pieces))], `${days(pieces)} on ${machines(pieces)}`);
}

/** The sum of all pieces. */
function rowsOf(pieces: readonly ChaosPiece[]): string[][] {
  const rows = MODES.map((mode) => {
    const all = pieces.flatMap((one) => one.modes).filter((one) => one.mode === mode);
    const count = (of: (one: ModeReport) => number): number => sum(all, of);
    const ready = all.flatMap((one) => one.readyMs).toSorted((one, other) => one - other);
    const measured = [
      `${count((one) => one.rounds)} kills under load, ${count((one) => one.startKills)} while starting: ` +
        `${count((one) => one.acknowledged)} acknowledged ticks, ${lostOf(mode, all)}, ` +
        `${count((one) => one.doubled)} doubled`,
      `${count((one) => one.states)} of ${count((one) => one.rounds)} states equal`,
      `${count((one) => one.changes)} answered changes, ${count((one) => one.changesLost)} lost`,
      `${count((one) => one.faults.length)} promises broken`,
      `ready again after ${ready[ready.length >> 1] ?? 0} ms (median), ${ready.at(-1) ?? 0} ms (worst)`,
    ];
    return [`kill -9, \`JOURNAL_SYNC=${mode}\``, PROMISES[mode], measured.join("; ")];
  });
  return [["fault", "promised", "measured"], ...rows];
}

/** Of acknowledged ticks; where an answer waits for no disk, only pieces that have counted them can tell. */
function lostOf(mode: ModeReport["mode"], all: readonly ModeReport[]): string {
  if (mode === "always") return `${sum(all, (one) => one.lost)} of them lost`;
  const counted = all.filter(({ missing }) => missing !== undefined);
  const ticks = sum(counted, (one) => one.acknowledged);
  const missing = sum(counted, (one) => one.missing ?? 0);
  return ticks === 0
    ? "nobody counted those that are missing"
    : `${missing} missing of the ${ticks} that were looked for`;
}

function sum<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((total, one) => total + of(one), 0);
}
