// `npm run chaos -- --faults [NAME ...]`: one fault after the other, each over folders and processes of its own.
// `--record` keeps what was measured in test/proofs/faults.ndjson and writes the table of docs/reliability.md: of each
// fault the newest measurement.
import { days, keep, kept, machines, type Piece, piece } from "../proofs.ts";
import { record, table } from "../reliability.ts";
import { FAULTS } from "./catalogue.ts";
import { type Fault, Stage } from "./stage.ts";

interface FaultPiece extends Piece {
  readonly name: string;
  readonly measured: string;
  readonly broken: readonly string[];
}

/** How many promises broke. */
export async function runFaults(names: readonly string[], recorded: boolean): Promise<number> {
  const made: FaultPiece[] = [];
  for (const fault of FAULTS.filter((one) => names.length === 0 || names.includes(one.name))) {
    const one = await measure(fault);
    made.push(one);
    console.log(`${one.name} (${one.seconds} s): ${one.measured}`);
    for (const text of one.broken) console.error(`BROKEN ${one.name}: ${text}`);
    if (recorded) keep("faults", one);
  }
  if (recorded) recordFaults();
  const broken = made.reduce((sum, one) => sum + one.broken.length, 0);
  console.log(`${made.length} faults, ${broken} promises broken`);
  return broken;
}

export async function measure(fault: Fault): Promise<FaultPiece> {
  const began = performance.now();
  const problem = fault.problem?.() ?? null;
  const stage = new Stage();
  if (problem !== null) stage.say(`not measured: ${problem}`);
  try {
    if (problem === null) await fault.run(stage);
  } catch (error) {
    stage.broken.push(error instanceof Error ? error.message : String(error));
  } finally {
    await stage.close();
  }
  const { measured, broken } = stage;
  return { ...piece((performance.now() - began) / 1000), name: fault.name, measured: measured.join("; "), broken };
}

export function recordFaults(): void {
  const pieces = kept("faults") as readonly FaultPiece[];
  const newest = FAULTS.flatMap((fault) => {
    const one = pieces.findLast((each) => each.name === fault.name);
    return one === undefined ? [] : [{ fault, one }];
  });
  const rows = newest.map(({ fault, one }) => [
    `\`${fault.name}\`: ${fault.fault}`,
    fault.promised,
    [one.measured, ...one.broken.map((text) => `**broken: ${text}**`)].filter((text) => text !== "").join("; "),
  ]);
  const all = newest.map(({ one }) => one).toSorted((one, other) => one.at.localeCompare(other.at));
  const broken = all.filter((one) => one.broken.length > 0).length;
  const command = `\`npm run chaos -- --faults --record\`: ${rows.length} faults, ${broken} with a broken promise.`;
  record("faults", [command, "", ...table([["fault", "promised", "measured"], ...rows])], when(all));
}

function when(pieces: readonly Piece[]): string {
  return `${days(pieces)} on ${machines(pieces)}`;
}
