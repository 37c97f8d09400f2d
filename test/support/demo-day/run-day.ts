// `npm run demo:day`: one day of a small trading desk on paper, told line by line on a real engine in a process and a
// temporary folder of its own; then what the API told, what the bus told and what the database holds are put side by
// side. Exit code 1 when they do not tell the same story. Colours unless NO_COLOR is set or nobody looks.
// --short leaves the stages of the pipeline out that take history, which are most of its time.
//   node build/out/test/support/demo-day/run-day.js [--without-redis] [--short]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Close, day } from "./day.ts";
import { Desk } from "./desk.ts";
import { Hearing } from "./hearing.ts";
import { apiTale, auditVerify, databaseTale } from "./sources.ts";
import { compare, type Row, type Tales } from "./tale.ts";
import { flag, wordsOf } from "../words.ts";

const STORED_MS = 60_000;
const ESCAPE = "\u001B[";
const COLOURS = { dim: "2", red: "31", green: "32", yellow: "33" } as const;
const coloured = process.stdout.isTTY && (process.env["NO_COLOR"] ?? "") === "";

function paint(text: string, colour: keyof typeof COLOURS): string {
  return coloured ? `${ESCAPE}${COLOURS[colour]}m${text}${ESCAPE}0m` : text;
}

function say(clock: string, line: string): void {
  const grave = /^[A-Z]{6,8} /.test(line);
  console.log(`${paint(clock, "dim")}  ${grave ? paint(line, "yellow") : line}`);
}

function table(rows: readonly Row[]): void {
  const wide = Math.max(...rows.map(({ what }) => what.length));
  const line = (cells: readonly string[]): string => cells.map((cell) => cell.padStart(12)).join("");
  console.log(`\n    ${"".padEnd(wide)}${line(["API", "bus", "database"])}`);
  for (const { what, api, bus, database, agrees } of rows) {
    const mark = agrees ? paint("✓", "green") : paint("✗", "red");
    console.log(`  ${mark} ${what.padEnd(wide)}${line([api, bus, database])}`);
  }
}

/** What was said last is stored, and heard, a moment later: looked at until all tell the same, or for so long. */
async function compared(desk: Desk, hearing: Hearing, close: Close): Promise<readonly Row[]> {
  const end = performance.now() + STORED_MS;
  for (;;) {
    const tales: Tales = {
      api: await apiTale(desk.engine, close.api),
      chain: await auditVerify(desk.folder),
      database: databaseTale(desk.database, close.database),
      bus: { ...hearing.tale, positions: close.bus },
      exposure: close.exposure,
    };
    const rows = compare(tales);
    if (rows.every(({ agrees }) => agrees) || performance.now() > end) return rows;
  }
}

async function run(withRedis: boolean | null, env: Readonly<Record<string, string>>): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), "demo-day-"));
  const hearing = await Hearing.open(withRedis);
  const desk = new Desk(folder, hearing, say, env);
  const begin = performance.now();
  try {
    const close = await day(desk);
    const rows = await compared(desk, hearing, close);
    table(rows);
    const differ = rows.filter(({ agrees }) => !agrees).length;
    const seconds = ((performance.now() - begin) / 1000).toFixed(0);
    console.log(`\n${desk.market.ticks} ticks, ${hearing.count} messages of the bus, ${seconds} s.`);
    console.log(
      differ === 0 ? paint("All three tell the same story.", "green") : paint(`${differ} things differ.`, "red"),
    );
    return differ === 0;
  } finally {
    await desk.kill();
    await hearing.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const { values } = wordsOf({
  name: "npm run demo:day --",
  about:
    "One day of a small trading desk on paper, on an engine of its own in a temporary folder; at its end API, bus and " +
    "database have to tell the same story.",
  options: {
    short: flag("without the stages of the pipeline that take history, which are most of its time"),
    "without-redis": flag("with the bus inside the engine, also where a redis-server is installed"),
  },
});
const stages = values.short ? { PIPELINE_STAGES: "syntax_check,unit_tests" } : {};
process.exitCode = (await run(values["without-redis"] ? false : null, stages)) ? 0 : 1;
