// `npm run chaos [-- --rounds N --minutes M --seed S --record]`: a real engine, killed with SIGKILL at random moments
// under load, again and again over one data folder for each way of syncing. Market data goes in by HTTP with its own
// numbers as prices, so that what was acknowledged can be looked for afterwards. After each restart: every acknowledged
// tick is in the journal once, nothing reported durable is gone, strategies and flags whose change was answered are
// there, and the state is that of a computation of the journal that nothing interrupted (verify:recovery's). Prints a line
// a round with what is left; exits with 1 when a promise is broken. `--record` writes the table of docs/reliability.md.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Chaos, MODES, type ModeReport } from "./chaos.ts";
import { record, table } from "./reliability.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string" },
    minutes: { type: "string" },
    seed: { type: "string" },
    record: { type: "boolean" },
  },
});
const rounds = Number(values.rounds ?? 30);
const minutes = Number(values.minutes ?? 10);
const seed = Number(values.seed ?? 20261122);
const began = performance.now();
const dir = mkdtempSync(join(tmpdir(), "chaos-"));
const reports: ModeReport[] = [];
try {
  const all = MODES.map((mode, index) => new Chaos({ mode, dir: join(dir, mode), seed: seed + index }));
  for (let round = 1; round <= rounds; round++) {
    const spent = (performance.now() - began) / 1000;
    if (spent > minutes * 60) break;
    for (const one of all) {
      const told = await one.round();
      const left = Math.round(Math.min((spent / round) * (rounds - round), minutes * 60 - spent));
      console.log(`round ${round} of ${rounds}, JOURNAL_SYNC=${one.mode}: ${told} (${left} s left at most)`);
    }
  }
  for (const one of all) reports.push(await one.finish());
} finally {
  rmSync(dir, { recursive: true, force: true });
}

const faults = reports.flatMap((one) => one.faults);
for (const fault of faults) console.error(`BROKEN ${fault}`);
const seconds = Math.round((performance.now() - began) / 1000);
const kills = reports.reduce((sum, one) => sum + one.rounds, 0);
const rows = [
  ["fault", "promised", "measured"],
  ...reports.map((one) => [
    `kill -9 under load, \`JOURNAL_SYNC=${one.mode}\``,
    one.promise,
    `${one.rounds} kills: ${one.acknowledged} acknowledged ticks, ${one.lost} of those promised lost, ` +
      `${one.doubled} doubled; ${one.states} of ${one.rounds} states equal; ${one.changes} answered changes, ` +
      `${one.changesLost} lost; ready again after ${one.readyMs} ms (median), ${one.readyMsMax} ms (worst)`,
  ]),
];
console.log(table(rows).join("\n"));
console.log(`${kills} kills in ${seconds} s, ${faults.length} promises broken`);
if (values.record === true) {
  record("chaos", [
    `\`npm run chaos -- --rounds ${rounds} --minutes ${minutes} --seed ${seed}\`, ${seconds} s.`,
    "",
    ...table(rows),
  ]);
}
process.exitCode = faults.length > 0 ? 1 : 0;
