// Tests that every strategy has to pass, made from what it declares: that it survives odd markets and the ends of its
// parameters, decides the same on the same ticks, does not change what it said when more ticks follow, and keeps within the
// fuel of every single tick. Runs in a thread; a strategy that hangs is ended by its fuel.
import type { CompiledStrategy, Decision, Given, Program, StrategyFault } from "../../../sandbox/sandbox.ts";
import { openProgram } from "../../../sandbox/sandbox.ts";
import { type Tape, tapesOf } from "./tapes.ts";

export interface TestAnswer {
  readonly name: string;
  /** Null: passed. */
  readonly error: string | null;
}

export async function generatedTests(
  compiled: CompiledStrategy,
  symbols: readonly string[],
  given: Given,
): Promise<readonly TestAnswer[]> {
  const answers: TestAnswer[] = [];
  const test = async (name: string, work: () => Promise<string | null>): Promise<void> => {
    answers.push({ name, error: await work() });
  };
  const tapes = tapesOf(symbols.length);
  const drive = (tape: Tape, parameters: Given = given): Promise<Driven> => driven(compiled, symbols, parameters, tape);
  for (const tape of tapes) await test(`survives ${tape.name}`, async () => (await drive(tape)).fault);
  const [walk] = tapes;
  if (walk === undefined) return answers;
  const half: Tape = { name: walk.name, events: walk.events.slice(0, walk.events.length / 2) };
  await test("decides the same on the same ticks", async () => {
    const [one, other] = [await drive(walk), await drive(walk)];
    return difference(one.decisions, other.decisions, "when it is run again on the same ticks");
  });
  await test("does not look ahead", async () => {
    const [whole, part] = [await drive(walk), await drive(half)];
    return difference(part.decisions, whole.decisions.slice(0, part.decisions.length), "when more ticks follow");
  });
  for (const { name, least, most } of compiled.parameters) {
    for (const value of least === most ? [least] : [least, most])
      await test(`works with ${name} = ${value}`, async () => (await drive(half, { ...given, [name]: value })).fault);
  }
  return answers;
}

interface Driven {
  readonly decisions: readonly (Decision | null)[];
  readonly fault: string | null;
}

async function driven(
  compiled: CompiledStrategy,
  symbols: readonly string[],
  given: Given,
  tape: Tape,
): Promise<Driven> {
  const opened = await openProgram(compiled, symbols, given);
  if (!opened.ok) return { decisions: [], fault: sentenceOf(opened.failure, null) };
  try {
    return over(opened.value, tape);
  } finally {
    opened.value.close();
  }
}

/** With the position that its decisions would lead to, as the author's code may ask for it. */
function over(program: Program, { events }: Tape): Driven {
  const decisions: (Decision | null)[] = [];
  const positions = new Map<number, number>();
  for (const event of events) {
    const decided = program.decide({ ...event, position: positions.get(event.symbol) ?? 0 });
    if (!decided.ok) return { decisions, fault: sentenceOf(decided.failure, decisions.length + 1) };
    decisions.push(decided.value === null ? null : { ...decided.value });
    if (decided.value !== null) positions.set(event.symbol, decided.value.action === "buy" ? 1 : 0);
  }
  return { decisions, fault: null };
}

function difference(
  one: readonly (Decision | null)[],
  other: readonly (Decision | null)[],
  when: string,
): string | null {
  const first = one.findIndex((decision, index) => JSON.stringify(decision) !== JSON.stringify(other[index] ?? null));
  return first < 0 ? null : `at tick ${first + 1} it decides differently ${when}`;
}

function sentenceOf({ message, line, column }: StrategyFault, tick: number | null): string {
  const place = line === null ? "" : `line ${line}${column === null ? "" : `, column ${column}`}: `;
  return `${place}${message}${tick === null ? "" : ` (at tick ${tick})`}`;
}
